import { errorText, GatewayError } from '../errors';
import type { Logger } from '../logger';
import { createCodeOffer } from './code-offer';
import type { BrowserLaunch, BrowserPort } from './find-browser';
import { createHealthWatch } from './health-watch';
import {
  clearProfile,
  folderExists,
  locateProfile,
  removeProfile,
  restoreSnapshot,
  takeSnapshot,
} from './profile-folder';
import { retryDelayMs, type SessionConfig } from './session-config';
import type { SessionParts } from './session-parts';
import type { SessionRecord } from './session-record';
import { createSessionTimers } from './session-timers';
import {
  createWhatsAppConnection,
  type ConnectionHandlers,
  type WhatsAppConnection,
} from './whatsapp-connection';
import type { ChatMessage, WhatsAppLink } from './whatsapp-link';

/** What a session tells of messages, whoever sent them. */
export interface MessageEvents {
  created(message: ChatMessage): void;
  acknowledged(messageId: string, ack: number): void;
  received(message: ChatMessage): void;
}

export interface WhatsAppSessionOptions {
  readonly customerId: string;
  readonly dataDir: string;
  readonly config: SessionConfig;
  readonly browsers: BrowserPort;
  readonly record: SessionRecord;
  readonly logger: Logger;
  readonly now: () => Date;
  /** @throws GatewayError when the machine has no room for one more browser */
  readonly checkMemory: () => Promise<void>;
  readonly messages: MessageEvents;
}

export interface WhatsAppSession {
  readonly record: SessionRecord;
  readonly pid: number | undefined;
  /** a browser is being started and has not grown yet */
  readonly isStarting: boolean;
  /** the session as a sender sees it, while it is ready */
  readonly link: WhatsAppLink | undefined;
  /** Is there a profile to come up from without a scan? */
  canRestore(): Promise<boolean>;
  /**
   * Starts the session, or leaves it be where it runs. Resolves when its browser is being started.
   * @throws GatewayError `browser_unavailable`, `no_display`, `memory_budget` (503)
   */
  connect(way: 'hidden' | 'visible'): Promise<void>;
  /** The eight letters to type into the phone. @throws GatewayError `not_waiting_for_pairing` (409), or why not */
  requestPairingCode(digits: string): Promise<string>;
  /** Ends the pairing, at WhatsApp too where that can be reached, and removes the profile. */
  logout(): Promise<void>;
  /** What looks connected is not: close, and come up again. */
  demote(reason: string): void;
  /** The machine is about to sleep: no conclusions from what does not answer. */
  suspend(): void;
  resume(): void;
  stop(): Promise<void>;
}

const logoutTimeoutMs = 10_000;

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
  let triedSnapshot = false;
  let queue: Promise<unknown> = Promise.resolve();

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
  });

  const folder = () => locateProfile(options.dataDir, customerId, record.state.browser);
  const log = (message: string, fields: Record<string, string | number | boolean> = {}) =>
    logger.info(message, { customer_id: customerId, ...fields });

  /** Opening and closing never overlap: each waits for the one before. */
  function exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  }
  /** For work that nobody waits for: what it throws counts as a failure of the session. */
  function inBackground(work: () => Promise<void>): void {
    exclusively(work).catch((thrown: unknown) => fail(errorText(thrown)));
  }

  function findLaunch(): BrowserLaunch {
    const isInstalled = record.state.browser === 'installed';
    const launch = isInstalled ? browsers.findInstalled() : browsers.find();
    if (!launch) {
      throw new GatewayError(
        'browser_unavailable',
        isInstalled
          ? 'This WhatsApp session lives in Chrome or Edge, and neither is installed on this machine.'
          : 'No browser was found to run WhatsApp in. Install Chrome, Edge or Chromium, or set PUPPETEER_EXECUTABLE_PATH.',
        503,
      );
    }
    return isVisible ? { ...launch, headless: false } : launch;
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
      const launch = findLaunch();
      await options.checkMemory();
      if ((await clearProfile(folder())) > 0) log('left-over browser ended');
      record.change({
        status: 'initializing',
        qrCode: undefined,
        pairingCode: undefined,
        nextAttemptAt: undefined,
      });
      const opened = await createWhatsAppConnection({
        launch,
        folder: folder(),
        browserArgs: config.browserArgs,
        timeouts: config,
        handlers: createHandlers(() => connection === opened),
        logger,
      });
      connection = opened;
      expectReady();
      log('whatsapp session starts', { browser: launch.name, paired: record.state.isPaired });
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
    record.change(
      { status: 'disconnected', error: sentence, qrCode: undefined, pairingCode: undefined },
      'client_disconnected',
      sentence,
    );
  }

  function expectReady(): void {
    timers.set('ready', config.readyTimeoutMs, () => {
      fail(`WhatsApp was not ready within ${Math.round(config.readyTimeoutMs / 1000)} seconds.`);
    });
  }

  function createHandlers(isCurrent: () => boolean): ConnectionHandlers {
    const whileCurrent =
      <Values extends unknown[]>(handler: (...values: Values) => void) =>
      (...values: Values) => {
        if (isCurrent() && !isStopped) handler(...values);
      };
    return {
      qr: whileCurrent((text) => {
        // A paired profile that asks for a scan has lost its login: the snapshot may still hold it.
        if (record.state.isPaired) inBackground(restoreLogin);
        else offer.show(text);
      }),
      pairingCode: whileCurrent((pairingCode) => record.change({ pairingCode })),
      authenticated: whileCurrent(becomeAuthenticated),
      authFailed: whileCurrent((message) => {
        const detached = detach();
        record.change(
          { status: 'auth_failed', error: message, qrCode: undefined, waitsForPerson: true },
          'client_auth_failed',
          message,
        );
        inBackground(async () => void (await detached?.close()));
      }),
      ready: whileCurrent(becomeReady),
      loading: whileCurrent(() => {
        if (timers.has('ready')) expectReady();
      }),
      disconnected: whileCurrent((reason) => {
        if (reason === 'LOGOUT' || reason === 'UNPAIRED') endPairing();
        else fail(`WhatsApp ended the connection (${reason}).`);
      }),
      stateChanged: whileCurrent((state) => health.noteState(state)),
      lost: whileCurrent(fail),
      created: whileCurrent((message) => {
        record.touch();
        options.messages.created(message);
      }),
      acknowledged: whileCurrent((messageId, ack) => options.messages.acknowledged(messageId, ack)),
      received: whileCurrent((message) => options.messages.received(message)),
    };
  }

  function becomeAuthenticated(): void {
    // Repeats when the page reloads: a ready session is not demoted by it.
    if (record.state.status === 'ready') return;
    timers.clear('offer', 'poll');
    expectReady();
    record.change(
      { status: 'authenticated', qrCode: undefined, pairingCode: undefined, isPaired: true },
      'client_authenticated',
    );
  }

  function becomeReady(phone: string | undefined): void {
    if (record.state.status === 'ready') return;
    timers.clear('ready', 'offer', 'poll');
    offer.reset();
    failedStarts = 0;
    isVisible = false;
    timers.set('stable', config.stableMs, () => {
      failures = 0;
      triedSnapshot = false;
    });
    record.change(
      {
        status: 'ready',
        isPaired: true,
        waitsForPerson: false,
        qrCode: undefined,
        pairingCode: undefined,
        error: undefined,
        phone: phone ?? record.state.phone,
      },
      'client_ready',
    );
    log('whatsapp session ready');
    health.start();
  }

  /** Something broke: close what is left and come up again later, or wait for a person. */
  function fail(reason: string): void {
    if (isStopped) return;
    if (record.state.status !== 'ready') failedStarts += 1;
    failures += 1;
    const isOver = failures >= config.maxFailures;
    const delayMs = retryDelayMs(config, failures);
    const error = isOver
      ? `${reason} It failed ${failures} times in a row: someone has to look, and connect it again.`
      : reason;
    logger.warn('whatsapp session failed', { customer_id: customerId, reason, failures });
    const detached = detach();
    record.change(
      {
        status: 'disconnected',
        error,
        qrCode: undefined,
        pairingCode: undefined,
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
    if (record.state.isPaired && failedStarts >= 2) await useSnapshot();
    await open();
  }

  /** Puts the snapshot in the profile's place, once until the session has been well for a while. */
  async function useSnapshot(): Promise<boolean> {
    if (triedSnapshot) return false;
    triedSnapshot = true;
    const isRestored = await restoreSnapshot(folder());
    if (isRestored) log('whatsapp profile restored from its snapshot');
    return isRestored;
  }

  async function restoreLogin(): Promise<void> {
    await detach()?.close();
    if (await useSnapshot()) await open();
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
        qrCode: undefined,
        pairingCode: undefined,
        nextAttemptAt: undefined,
        error: reason,
        phone: undefined,
        waitsForPerson: true,
        browser: 'own',
      },
      'client_logged_out',
      reason,
    );
    log('whatsapp session logged out', { reason });
    await removeProfile(forgotten);
  }

  async function connect(way: 'hidden' | 'visible'): Promise<void> {
    if (connection && (way === 'hidden' || record.state.status === 'ready')) return;
    if (way === 'visible') {
      if (!browsers.canShowWindows() || !browsers.findInstalled()) {
        throw new GatewayError(
          'no_display',
          'Pairing in a window needs a screen and an installed Chrome or Edge on the machine the gateway runs on.',
          503,
        );
      }
      await detach()?.close();
      // A profile never moves between browsers: a session that lived in the gateway's own starts anew.
      if (record.state.browser !== 'installed') {
        await removeProfile(folder());
        record.change({ browser: 'installed', isPaired: false, phone: undefined });
      }
    }
    timers.clear();
    isVisible = way === 'visible';
    failures = 0;
    failedStarts = 0;
    triedSnapshot = false;
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
    get link() {
      return record.state.status === 'ready' ? connection : undefined;
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
            logger.warn('whatsapp logout not confirmed', {
              customer_id: customerId,
              error: errorText(thrown),
            });
          });
        }
        await detached?.close();
        await forgetPairing('Logged out.');
      }),
    demote(reason) {
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
      else if (status === 'ready') health.check();
      else if (status === 'qr_ready') offer.watch();
      else if (connection) expectReady();
    },
    async stop() {
      isStopped = true;
      timers.clear();
      await exclusively(async () => {
        const wasReady = record.state.status === 'ready';
        const detached = detach();
        const { isClean } = (await detached?.close()) ?? { isClean: false };
        if (wasReady && isClean) {
          await takeSnapshot(folder()).catch((thrown: unknown) => {
            logger.warn('whatsapp snapshot not taken', {
              customer_id: customerId,
              error: errorText(thrown),
            });
          });
        }
        if (detached) record.change({ status: 'disconnected', qrCode: undefined, pairingCode: undefined });
      });
      await record.flush();
    },
  };
}
