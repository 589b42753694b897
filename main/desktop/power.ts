import { powerMonitor, powerSaveBlocker } from 'electron';
import type { AttentionWatch } from './attention';
import type { DesktopGateway } from './desktop-gateway';
import { createAwakeRule } from './stay-awake';

/** The machine stays awake while messages are on their way (stay-awake.ts), and sessions are told when it sleeps after all. */
export function setupPower({
  attention,
  gateway,
}: {
  readonly attention: AttentionWatch;
  readonly gateway: DesktopGateway;
}): void {
  let blocker: number | undefined;
  const mustStayAwake = createAwakeRule();
  attention.onChange((work) => {
    const isBusy = mustStayAwake(work);
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
