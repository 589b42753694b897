import { setTimeout as delay } from 'node:timers/promises';
import { createSerialQueue } from '../concurrency/serial-queue';
import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { Database } from '../storage/database';
import { readWhatsAppSession } from '../storage/whatsapp-session-store';
import { guardLibraryRejections } from './guard-rejections';
import type { BrowserPort } from './installed-browsers';
import { createMemoryBudget } from './memory-budget';
import type { OfficeReplies } from './office-number';
import { normalizePhoneNumber } from './phone-numbers';
import { createMessageReceiver } from './receive-message';
import { defaultSessionConfig, type SessionConfig } from './session-config';
import { createSessionRecord, type SessionState } from './session-record';
import type { WhatsAppSession } from './session-types';
import type { MessageListener, WhatsAppSessions } from './sessions-port';
import { createWhatsAppSession } from './whatsapp-session';

export type { WhatsAppSessions } from './sessions-port';

const startAgainAfterMs = 10_000;

export interface WhatsAppSessionsOptions {
  /** GATEWAY_DATA_DIR: profiles are kept under `whatsapp/` in it */
  readonly dataDir: string;
  readonly browsers: BrowserPort;
  readonly databaseOf: (customerId: string) => Database | undefined;
  /** what the tenant's webhook is known by in its deliveries; undefined: it is off */
  readonly webhookOf?: (customerId: string) => string | undefined;
  /** Absent: there is no office number. */
  readonly office?: OfficeReplies;
  readonly signals: Signals;
  readonly logger: Logger;
  readonly config?: Partial<SessionConfig>;
  readonly now?: () => Date;
  /** Asked before a session comes up by itself: may it run in this gateway? Absent: it may. */
  readonly claim?: (customerId: string) => Promise<boolean>;
  /** It could not come up here. */
  readonly release?: (customerId: string) => Promise<void>;
}

/** WhatsApp of all tenants. The library is loaded at the first session. */
export function createWhatsAppSessions(options: WhatsAppSessionsOptions): WhatsAppSessions {
  const { logger, signals, databaseOf, browsers } = options;
  const config: SessionConfig = { ...defaultSessionConfig, ...options.config };
  const now = options.now ?? (() => new Date());
  const budget = createMemoryBudget({ budgetMb: config.memoryBudgetMb });
  const sessions = new Map<string, Promise<WhatsAppSession>>();
  const known = new Map<string, WhatsAppSession>();
  const listeners = new Set<MessageListener>();
  const receiver = createMessageReceiver(options, listeners);
  /** browsers that are on their way out: none opens on a profile before */
  const closing = new Map<string, Promise<void>>();
  const shutdown = new AbortController();
  const removeGuard = guardLibraryRejections(logger);
  const againTimers = new Set<NodeJS.Timeout>();
  let restoring: Promise<void> = Promise.resolve();

  async function checkMemory(): Promise<void> {
    const running = [...known.values()];
    await budget.check(
      running.map((session) => session.pid).filter((pid) => pid !== undefined),
      // The one that asks counts itself as starting.
      running.filter((session) => session.isStarting).length - 1,
    );
  }

  async function createSession(customerId: string): Promise<WhatsAppSession> {
    await closing.get(customerId)?.catch(() => undefined);
    const record = createSessionRecord({ customerId, databaseOf, signals, logger, now });
    const database = databaseOf(customerId);
    if (!database) {
      // Without its row a paired session would be taken for a new one, and offered for a scan.
      throw new GatewayError('tenant_unavailable', `The database of ${customerId} is not open.`, 503);
    }
    const row = await readWhatsAppSession(database, customerId);
    if (row) record.load(row);
    // Told in the order in which they came, however long the database takes for one.
    const inTurn = createSerialQueue();
    const session = createWhatsAppSession({
      customerId,
      dataDir: options.dataDir,
      config,
      browsers,
      record,
      logger,
      now,
      checkMemory,
      messages: {
        receipt: (messageId, ack) => {
          for (const listener of listeners) listener.receipt(customerId, messageId, ack);
        },
        received: (message) => void inTurn(() => receiver.receive(customerId, message)),
      },
    });
    known.set(customerId, session);
    return session;
  }

  function sessionOf(customerId: string): Promise<WhatsAppSession> {
    const session = sessions.get(customerId) ?? createSession(customerId);
    sessions.set(customerId, session);
    // A database that is away now may be back for the next who asks.
    session.catch(() => sessions.delete(customerId));
    return session;
  }

  /** Waits until `isIt` holds. False: it does not within `timeoutMs`, or `abort` fires. */
  async function waitFor(
    session: WhatsAppSession,
    timeoutMs: number,
    isIt: (state: SessionState) => boolean,
    abort: AbortSignal = shutdown.signal,
  ): Promise<boolean> {
    // Not AbortSignal.timeout: nothing but `any` would hold it, and that holds it weakly (Node 20). The garbage
    // collector takes it then, and the wait never ends.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    const end = AbortSignal.any([abort, shutdown.signal, deadline.signal]);
    try {
      while (!isIt(session.record.state)) {
        if (end.aborted) return false;
        await session.record.waitForChange(end);
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  const isReadyOrOffered = (state: SessionState) =>
    state.status === 'ready' || (state.status === 'qr_ready' && state.qrCode !== undefined);

  async function restore(paired: readonly WhatsAppSession[]): Promise<void> {
    for (const session of paired) {
      if (shutdown.signal.aborted) return;
      try {
        await session.connect('hidden');
        // The next one starts when this one has done its growing, or takes its time.
        await waitFor(
          session,
          config.restoreStepMs,
          (state) => isReadyOrOffered(state) || state.nextAttemptAt !== undefined,
        );
      } catch (thrown) {
        logger.warn('whatsapp.session_restore_failed', 'whatsapp session could not be restored', {
          error: errorText(thrown),
        });
        await options.release?.(session.record.customerId);
      }
    }
  }

  async function waitForQr(customerId: string, timeoutMs: number): Promise<SessionState> {
    const session = await sessionOf(customerId);
    const deadline = Date.now() + timeoutMs;
    if (!isReadyOrOffered(session.record.state)) await session.connect('hidden');
    await waitFor(
      session,
      deadline - Date.now(),
      (state) => isReadyOrOffered(state) || state.status === 'logged_out',
    );
    if (session.record.state.status === 'logged_out' && Date.now() < deadline) {
      // A paired profile turned out to be unlinked: the person waits for a code, so offer one.
      await session.connect('hidden');
      await waitFor(session, deadline - Date.now(), isReadyOrOffered);
    }
    return session.record.state;
  }

  async function requestPairingCode(
    customerId: string,
    phone: string,
    defaultCountry = 'ZA',
  ): Promise<string> {
    const digits = normalizePhoneNumber(phone, defaultCountry);
    if (!digits) {
      throw new GatewayError('phone_invalid', `“${phone}” is not a phone number.`, 422);
    }
    const state = await waitForQr(customerId, config.readyTimeoutMs);
    if (state.status === 'ready') {
      throw new GatewayError('already_connected', 'WhatsApp is connected already.', 409);
    }
    if (state.status !== 'qr_ready') {
      throw new GatewayError('whatsapp_timeout', state.error ?? 'WhatsApp did not answer in time.', 503);
    }
    try {
      return await (await sessionOf(customerId)).requestPairingCode(digits);
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      throw new GatewayError('pairing_failed', `WhatsApp gave no pairing code: ${errorText(thrown)}`, 503);
    }
  }

  async function close(customerId: string, isLost: boolean): Promise<void> {
    const opening = sessions.get(customerId);
    sessions.delete(customerId);
    known.delete(customerId);
    const session = await opening?.catch(() => undefined);
    if (!session) return;
    // Its row was still being read.
    if (known.get(customerId) === session) known.delete(customerId);
    const closed = session.stop(isLost).finally(() => {
      if (closing.get(customerId) === closed) closing.delete(customerId);
    });
    closing.set(customerId, closed);
    await closed;
  }

  /** Paired sessions that may run here, those that were used last before the others. */
  async function findPaired(customerIds: readonly string[]): Promise<WhatsAppSession[]> {
    const failed: string[] = [];
    const found = await Promise.all(
      customerIds.map(async (customerId) => {
        try {
          const canRestore = async () => (await sessionOf(customerId)).canRestore();
          if (!(await canRestore()) || !(await (options.claim?.(customerId) ?? true))) return undefined;
          // Once it is this gateway's: another may have left it otherwise.
          return (await canRestore()) ? await sessionOf(customerId) : undefined;
        } catch (thrown) {
          failed.push(customerId);
          logger.warn('whatsapp.session_read_failed', 'whatsapp session could not be read', {
            customer_id: customerId,
            error: errorText(thrown),
          });
          return undefined;
        }
      }),
    );
    if (failed.length > 0 && !shutdown.signal.aborted) {
      const timer = setTimeout(() => {
        againTimers.delete(timer);
        void start(failed);
      }, startAgainAfterMs);
      againTimers.add(timer);
    }
    return found
      .filter((session) => session !== undefined)
      .sort((a, b) => (b.record.lastUsedAt?.getTime() ?? 0) - (a.record.lastUsedAt?.getTime() ?? 0));
  }

  async function start(customerIds: readonly string[]): Promise<void> {
    // A tenant that has gone meanwhile is not looked for again.
    const paired = await findPaired(customerIds.filter((customerId) => databaseOf(customerId) !== undefined));
    restoring = restoring.then(() => restore(paired));
  }

  return {
    start,
    async connect(customerId, way) {
      const session = await sessionOf(customerId);
      if (way.method === 'pairing') await requestPairingCode(customerId, way.phone, way.defaultCountry);
      else await session.connect(way.method === 'visible' ? 'visible' : 'hidden');
      return session.record.state;
    },
    waitForQr,
    requestPairingCode,
    status: async (customerId) => (await sessionOf(customerId)).record.state,
    peek: (customerId) => known.get(customerId)?.record.state,
    async logout(customerId, forget) {
      const session = await sessionOf(customerId);
      await session.logout();
      if (forget) {
        await options.office?.forget();
        session.record.change({ wasPaired: false });
      }
      return session.record.state;
    },
    list: () => [...known].map(([customerId, session]) => ({ customerId, state: session.record.state })),
    isIdle(customerId) {
      const session = known.get(customerId);
      if (!session) return true;
      const isOpen = session.isStarting || session.pid !== undefined;
      return !isOpen && session.record.state.nextAttemptAt === undefined;
    },
    canPairVisibly: () => browsers.canShowWindows() && browsers.findInstalled() !== undefined,
    transportOf: (customerId) => known.get(customerId)?.transport,
    async waitForTransport(customerId, timeoutMs, abort) {
      const session = await sessionOf(customerId);
      await waitFor(session, timeoutMs, () => session.transport !== undefined, abort);
      return session.transport;
    },
    restartUnhealthy: (customerId, reason) => known.get(customerId)?.restartUnhealthy(reason),
    elsewhere: () => undefined,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    forget: (customerId) => close(customerId, false),
    abandon: (customerId) => close(customerId, true),
    suspend() {
      for (const session of known.values()) session.suspend();
    },
    resume() {
      for (const session of known.values()) session.resume();
    },
    async stop() {
      shutdown.abort();
      receiver.stop();
      for (const timer of againTimers) clearTimeout(timer);
      await Promise.all([...[...known.values()].map((session) => session.stop()), ...closing.values()]);
      await restoring;
      // The library's last promises settle a moment after its browsers are gone.
      await delay(0);
      removeGuard();
    },
  };
}
