import { nativeImage, type NativeImage } from 'electron';
import attention16 from './icons/attention-16.png?inline';
import attention32 from './icons/attention-32.png?inline';
import ok16 from './icons/ok-16.png?inline';
import ok32 from './icons/ok-32.png?inline';
import stopped16 from './icons/stopped-16.png?inline';
import stopped32 from './icons/stopped-32.png?inline';
import windowPicture from './icons/window.png?inline';

/** How it goes, at a glance. */
export type TrayState = 'ok' | 'attention' | 'stopped';

const pictures = {
  ok: [ok16, ok32],
  attention: [attention16, attention32],
  stopped: [stopped16, stopped32],
} as const;

/** For the place beside the clock: 16 points, sharp on scaled displays too. */
export function trayIcon(state: TrayState): NativeImage {
  const [small, large] = pictures[state];
  // Linux's panels scale what they get, and know of no second size.
  if (process.platform === 'linux') return nativeImage.createFromDataURL(large);
  const icon = nativeImage.createFromDataURL(small);
  icon.addRepresentation({ scaleFactor: 2, dataURL: large });
  return icon;
}

/** For windows where the system does not take it from the program's own file (Linux). */
export function windowIcon(): NativeImage {
  return nativeImage.createFromDataURL(windowPicture);
}
