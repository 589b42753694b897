import type { SessionParts } from './session-parts';
import { TransportTimeoutError } from './whatsapp-transport';

export interface HealthWatch {
  /** Looks at the ready session again and again until it fails or its timers are cleared. */
  start(): void;
  /** Looks at once, as after a sleep. */
  resume(): void;
  /** The page of the ready session reloads. Nobody has to do anything: senders wait until it is ready. */
  noteReload(): void;
  noteReadyAgain(): void;
  /** WhatsApp's socket says what it does. */
  noteState(state: string | null): void;
}

/**
 * Finds the sessions that only look alive: hung pages, lost connections that never come back, and a
 * removed device that no event announced. OPENING and TIMEOUT are WhatsApp's own reconnecting: tolerated
 * for a while. So is a page that has no answer yet, because WhatsApp reloads it.
 */
export function createHealthWatch(parts: SessionParts, onUnpaired: () => void): HealthWatch {
  const { config, record, timers } = parts;
  let notConnectedSince: number | undefined;
  let isReloading = false;

  function noteState(state: string | null): void {
    notConnectedSince = state === 'CONNECTED' ? undefined : (notConnectedSince ?? Date.now());
  }

  function judge(state: string | null): void {
    if (isReloading) {
      // What it says of itself before it is ready means nothing; that it gets ready, `expectReady` sees to.
      start();
      return;
    }
    if (state === 'UNPAIRED') {
      onUnpaired();
      return;
    }
    noteState(state);
    if (notConnectedSince !== undefined && Date.now() - notConnectedSince >= config.offlineToleranceMs) {
      parts.fail(`WhatsApp has not been connected for a while (${state ?? 'no state'}).`);
      return;
    }
    start();
  }

  function check(): void {
    const watched = parts.current();
    if (!watched || parts.isSuspended() || record.state.status !== 'ready') return;
    watched.getState(config.healthTimeoutMs).then(
      (state) => {
        if (parts.current() === watched && !parts.isSuspended()) judge(state);
      },
      (thrown: unknown) => {
        // What did not answer because the machine slept is asked again when it has woken.
        if (parts.current() !== watched || parts.isSuspended()) return;
        if (thrown instanceof TransportTimeoutError) parts.fail(thrown.message);
        else judge(null);
      },
    );
  }

  function start(): void {
    timers.set('health', config.healthIntervalMs, check);
  }

  return {
    start() {
      notConnectedSince = undefined;
      isReloading = false;
      start();
    },
    resume() {
      if (isReloading) parts.expectReady();
      check();
    },
    noteState,
    noteReload() {
      if (record.state.status !== 'ready') return;
      isReloading = true;
      parts.expectReady();
      record.change({});
    },
    noteReadyAgain() {
      if (!isReloading) return;
      isReloading = false;
      notConnectedSince = undefined;
      timers.clear('ready');
      record.change({});
    },
  };
}
