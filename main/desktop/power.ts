import { powerMonitor, powerSaveBlocker } from 'electron';
import type { AttentionWatch } from './attention';
import type { DesktopGateway } from './desktop-gateway';

/** The machine stays awake while messages wait, and sessions are told when it sleeps after all. */
export function setupPower({
  attention,
  gateway,
}: {
  readonly attention: AttentionWatch;
  readonly gateway: DesktopGateway;
}): void {
  let blocker: number | undefined;
  attention.onChange(({ waiting, sending }) => {
    const isBusy = waiting + sending > 0;
    // The screen may go dark: only the machine must not.
    if (isBusy && blocker === undefined) blocker = powerSaveBlocker.start('prevent-app-suspension');
    if (!isBusy && blocker !== undefined) {
      powerSaveBlocker.stop(blocker);
      blocker = undefined;
    }
  });
  powerMonitor.on('suspend', () => gateway.suspend());
  powerMonitor.on('resume', () => gateway.resume());
}
