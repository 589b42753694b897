import { createSerialQueue } from '../concurrency/serial-queue';
import { errorText, GatewayError } from '../errors';
import { createCodeOffer } from './code-offer';
import { createHealthWatch } from './health-watch';
import { folderExists, locateProfile, removeProfile } from './profile-folder';
import { createProfileSnapshot } from './profile-snapshot';
import { openSessionBrowser, requireWindow } from './session-browser';
import { explainGivenUp, retryDelayMs } from './session-config';
import { createSessionHandlers, type SessionSteps } from './session-handlers';
import type { SessionParts } from './session-parts';
import { createSessionTimers } from './session-timers';
import type { WhatsAppSession, WhatsAppSessionOptions } from './session-types';
import type { WhatsAppConnection } from './whatsapp-connection';

const logoutTimeoutMs = 10_000;
const noCode = { qrCode: undefined, pairingCode: undefined } as const;

/** WhatsApp of one tenant: one browser at most, the seven states, and the way back to ready. */
export function createWhatsAppSession(options: WhatsAppSessionOptions): WhatsAppSession {
  const { customerId, config, browsers, record, logger } = options;
  const timers = createSessionTimers();
  let connection: WhatsAppConnection | undefined;
  let isStarting = false;
  let isStopped = false;
  let isSuspended = false;
  let isVisible = false;
  let failures = 0;
  /** starts in a row that did not end in ready */
  let failedStarts = 0;
  // Opening and closing never overlap.
  const exclusively = createSerialQueue();

  const parts: SessionParts = {
    config,
    record,
    timers,
    current: () => connection,
    isSuspended: () => isSuspended,
    fail,
    expectReady,
  };
  const health = createHealthWatch(parts, endPairing);
  const offer = createCodeOffer(parts, {
    expired: (sentence) => inBackground(() => putAway(sentence)),
    idle: () => inBackground(reopen),
    scanned: becomeAuthenticated,
  });

  const folder = () => locateProfile(options.dataDir, customerId, record.state.browser);
  const snapshot = createProfileSnapshot(folder, customerId, logger);

  const steps: SessionSteps = {
    showCode(text) {
      // A paired profile that asks for a scan has lost its login: the snapshot may still hold it.
      if (record.state.isPaired) inBackground(restoreLogin);
      else offer.show(text);
    },
    keepPairingCode: (pairingCode) => record.change({ pairingCode }),
    becomeAuthenticated,
    refuseLogin,
    becomeReady,
    noteLoading() {
      if (timers.has('ready')) expectReady();
    },
    noteState: (state) => health.noteState(state),
    noteReload: () => health.noteReload(),
    noteUse: () => record.touch(),
    endPairing,
    fail,
  };

  /** For work that nobody waits for: what it throws counts as a failure of the session. */
  function inBackground(work: () => Promise<void>): void {
    exclusively(work).catch((thrown: unknown) => fail(errorText(thrown)));
  }

  /** From here on nothing that the connection says counts. */
  function detach(): WhatsAppConnection | undefined {
    timers.clear();
    const detached = connection;
    connection = undefined;
    return detached;
  }

  async function open(): Promise<void> {
    if (isStopped || connection) return;
    isStarting = true;
    try {
      const opened = await openSessionBrowser(options, isVisible, (isCurrent) =>
        createSessionHandlers(options.messages, steps, () => isCurrent(connection) && !isStopped),
      );
      connection = opened;
      expectReady();
      opened.start().catch((thrown: unknown) => {
        if (connection === opened) fail(`WhatsApp did not start: ${errorText(thrown)}`);
      });
    } finally {
      isStarting = false;
    }
  }

  async function reopen(): Promise<void> {
    await detach()?.close();
    await open();
  }

  async function putAway(sentence: string): Promise<void> {
    await detach()?.close();
    offer.reset();
    record.change({ status: 'disconnected', error: sentence, ...noCode }, 'client_disconnected', sentence);
  }

  function expectReady(): void {
    timers.set('ready', config.readyTimeoutMs, () => {
      fail(`WhatsApp was not ready within ${Math.round(config.readyTimeoutMs / 1000)} seconds.`);
    });
  }

  function becomeAuthenticated(): void {
    // Repeats when the page reloads, and is noticed twice: by its event and by looking.
    if (record.state.status === 'ready' || record.state.status === 'authenticated') return;
    timers.clear('offer', 'poll');
    expectReady();
    record.change({ status: 'authenticated', ...noCode, isPaired: true }, 'client_authenticated');
  }

  function refuseLogin(message: string): void {
    const detached = detach();
    record.change(
      { status: 'auth_failed', error: message, qrCode: undefined, waitsForPerson: true },
      'client_auth_failed',
      message,
    );
    if (detached) inBackground(() => detached.close().then(() => undefined));
  }

  function becomeReady(phone: string | undefined): void {
    if (record.state.status === 'ready') {
      health.noteReadyAgain();
      return;
    }
    timers.clear('ready', 'offer', 'poll');
    offer.reset();
    failedStarts = 0;
    isVisible = false;
    timers.set('stable', config.stableMs, () => {
      failures = 0;
      snapshot.reset();
    });
    record.change(
      {
        status: 'ready',
        isPaired: true,
        waitsForPerson: false,
        ...noCode,
        error: undefined,
        phone: phone ?? record.state.phone,
      },
      'client_ready',
    );
    logger.info('whatsapp.session_ready', 'whatsapp session ready', { customer_id: customerId });
    health.start();
  }

  /** Something broke: close what is left and come up again later, or wait for a person. */
  function fail(reason: string): void {
    if (isStopped) return;
    if (record.state.status !== 'ready') failedStarts += 1;
    failures += 1;
    const isOver = failures >= config.maxFailures;
    const delayMs = retryDelayMs(config, failures);
    const error = isOver ? explainGivenUp(reason, failures) : reason;
    logger.warn('whatsapp.session_failed', 'whatsapp session failed', {
      customer_id: customerId,
      reason,
      failures,
    });
    const detached = detach();
    record.change(
      {
        status: 'disconnected',
        error,
        ...noCode,
        waitsForPerson: isOver,
        nextAttemptAt: isOver ? undefined : new Date(options.now().getTime() + delayMs),
      },
      'client_disconnected',
      error,
    );
    inBackground(async () => {
      await detached?.close();
      if (!isOver && !isStopped && !connection) timers.set('retry', delayMs, () => inBackground(retry));
    });
  }

  async function retry(): Promise<void> {
    if (connection || (!record.state.isPaired && offer.isOver())) return;
    // Twice not ready may be the network; then the snapshot costs nothing, otherwise it saves a scan.
    if (record.state.isPaired && failedStarts >= 2) await snapshot.use();
    await open();
  }

  async function restoreLogin(): Promise<void> {
    await detach()?.close();
    if (await snapshot.use()) await open();
    else await forgetPairing('WhatsApp asks for a new scan: this device is not linked any more.');
  }

  /** Unlinked on the phone: whatever WhatsApp's page shows next, this browser and its login are done. */
  function endPairing(): void {
    const detached = detach();
    inBackground(async () => {
      await detached?.close();
      await forgetPairing('This device was unlinked on the phone.');
    });
  }

  async function forgetPairing(reason: string): Promise<void> {
    const forgotten = folder();
    offer.reset();
    record.change(
      {
        status: 'logged_out',
        isPaired: false,
        ...noCode,
        nextAttemptAt: undefined,
        error: reason,
        phone: undefined,
        waitsForPerson: true,
        browser: 'own',
      },
      'client_logged_out',
      reason,
    );
    logger.info('whatsapp.session_logged_out', 'whatsapp session logged out', {
      customer_id: customerId,
      reason,
    });
    await removeProfile(forgotten);
  }

  async function connect(way: 'hidden' | 'visible'): Promise<void> {
    if (connection && (way === 'hidden' || record.state.status === 'ready')) return;
    if (way === 'visible') {
      requireWindow(browsers);
      await detach()?.close();
      // A profile never moves between browsers: a session that lived in the gateway's own starts over.
      if (record.state.browser !== 'installed') {
        await removeProfile(folder());
        record.change({ browser: 'installed', isPaired: false, phone: undefined });
      }
    }
    timers.clear();
    isVisible = way === 'visible';
    failures = 0;
    failedStarts = 0;
    snapshot.reset();
    offer.reset();
    record.change({ waitsForPerson: false, nextAttemptAt: undefined });
    try {
      await open();
    } catch (thrown) {
      const error = errorText(thrown);
      record.change({ status: 'disconnected', error }, 'client_disconnected', error);
      throw thrown;
    }
  }

  return {
    record,
    get pid() {
      return connection?.pid;
    },
    get isStarting() {
      return isStarting || (connection !== undefined && connection.pid === undefined);
    },
    get transport() {
      return record.state.status === 'ready' && !connection?.isReloading ? connection : undefined;
    },
    canRestore: async () => record.state.isPaired && (await folderExists(folder().profile)),
    connect: (way) => exclusively(() => connect(way)),
    async requestPairingCode(digits) {
      if (!connection || record.state.status !== 'qr_ready') {
        throw new GatewayError('not_waiting_for_pairing', 'WhatsApp is not waiting to be paired.', 409);
      }
      const pairingCode = await connection.requestPairingCode(digits);
      record.change({ pairingCode });
      return pairingCode;
    },
    logout: () =>
      exclusively(async () => {
        const detached = detach();
        if (detached && record.state.isPaired) {
          // It rejects when the page navigates meanwhile, and it is logged out all the same.
          await detached.logout(logoutTimeoutMs).catch((thrown: unknown) => {
            logger.warn('whatsapp.logout_unconfirmed', 'whatsapp logout not confirmed', {
              customer_id: customerId,
              error: errorText(thrown),
            });
          });
        }
        await detached?.close();
        await forgetPairing('Logged out.');
      }),
    restartUnhealthy(reason) {
      if (connection) fail(reason);
    },
    suspend() {
      isSuspended = true;
      timers.clear('ready', 'poll', 'health', 'retry');
    },
    resume() {
      isSuspended = false;
      const { status, nextAttemptAt } = record.state;
      if (!connection && nextAttemptAt) inBackground(retry);
      else if (status === 'ready') health.resume();
      else if (status === 'qr_ready') offer.watch();
      else if (connection) expectReady();
    },
    async stop(isLost = false) {
      isStopped = true;
      timers.clear();
      await exclusively(async () => {
        const wasReady = record.state.status === 'ready';
        const detached = detach();
        const closed = await detached?.close();
        if (wasReady && closed?.isClean && !isLost) await snapshot.keep();
        if (detached && !isLost) record.change({ status: 'disconnected', ...noCode });
      });
      await record.flush();
    },
  };
}
