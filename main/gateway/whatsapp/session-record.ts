import type { SessionStatus, WhatsAppStatus } from '../../contracts/statuses';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals, WhatsAppChange } from '../signals';
import type { Database } from '../storage/database';
import {
  saveWhatsAppSession,
  wasEverPaired,
  type WhatsAppSessionRow,
} from '../storage/whatsapp-session-store';
import type { BrowserChoice } from './profile-folder';

/** What can be known of a session at this moment. */
export interface SessionState {
  readonly status: SessionStatus;
  readonly lastUpdated: Date;
  /** when it came into this status */
  readonly since: Date;
  /** PNG data URL, while a code is on offer */
  readonly qrCode: string | undefined;
  /** when WhatsApp replaces that code by the next one; undefined while that is not known */
  readonly qrRefreshesAt: Date | undefined;
  /** when no more codes are offered and the browser is put away */
  readonly qrOfferEndsAt: Date | undefined;
  readonly pairingCode: string | undefined;
  /** a sentence for people */
  readonly error: string | undefined;
  /** the account's number, digits */
  readonly phone: string | undefined;
  readonly browser: BrowserChoice;
  readonly isPaired: boolean;
  /** it is paired, or was at any time */
  readonly wasPaired: boolean;
  /** recovery has given up: only `connect` starts it again */
  readonly waitsForPerson: boolean;
  /** when recovery tries again */
  readonly nextAttemptAt: Date | undefined;
}

/** The state as programs are told it: one of the seed's seven. */
export function publicStatus({
  status,
  isPaired,
}: Pick<SessionState, 'status' | 'isPaired'>): WhatsAppStatus {
  if (status !== 'initializing' && status !== 'disconnected') return status;
  return isPaired ? 'disconnected' : 'not_initialized';
}

interface Stored {
  pairedAt: Date | null;
  firstPairedAt: Date | null;
  lastUsedAt: Date | null;
}

export interface SessionRecord {
  readonly customerId: string;
  readonly state: SessionState;
  readonly lastUsedAt: Date | null;
  /** Takes over what the database knows from before. */
  load(row: WhatsAppSessionRow): void;
  /** Changes the state, stores it, and then notifies. */
  change(next: Partial<SessionState>, signal?: WhatsAppChange['kind'], reason?: string): void;
  /** A message passed: sessions that are used come up first after a restart. */
  touch(): void;
  /** Resolves at the next change, or when `abort` fires. */
  waitForChange(abort: AbortSignal): Promise<void>;
  /** Resolves when everything so far is stored. */
  flush(): Promise<void>;
}

export interface SessionRecordOptions {
  readonly customerId: string;
  readonly databaseOf: (customerId: string) => Database | undefined;
  readonly signals: Signals;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** The state of one session: in memory for whoever asks, in the database for whoever asks later. */
export function createSessionRecord(options: SessionRecordOptions): SessionRecord {
  const { customerId, databaseOf, signals, logger, now } = options;
  let state: SessionState = {
    status: 'disconnected',
    lastUpdated: now(),
    since: now(),
    qrCode: undefined,
    qrRefreshesAt: undefined,
    qrOfferEndsAt: undefined,
    pairingCode: undefined,
    error: undefined,
    phone: undefined,
    browser: 'own',
    isPaired: false,
    wasPaired: false,
    waitsForPerson: false,
    nextAttemptAt: undefined,
  };
  const stored: Stored = { pairedAt: null, firstPairedAt: null, lastUsedAt: null };
  let saving: Promise<void> = Promise.resolve();
  const waiting = new Set<() => void>();

  async function save(snapshot: SessionState, times: Stored): Promise<void> {
    const database = databaseOf(customerId);
    if (!database) return;
    try {
      await saveWhatsAppSession(database, customerId, {
        status: publicStatus(snapshot),
        qrCode: snapshot.qrCode ?? null,
        error: snapshot.error ?? null,
        at: snapshot.lastUpdated,
        phone: snapshot.phone ?? null,
        browser: snapshot.browser,
        ...times,
      });
    } catch (thrown) {
      // The session works without its row; the next change writes it again.
      logger.warn('whatsapp.session_store_failed', 'whatsapp session could not be stored', {
        customer_id: customerId,
        error: errorText(thrown),
      });
    }
  }

  return {
    customerId,
    get state() {
      return state;
    },
    get lastUsedAt() {
      return stored.lastUsedAt;
    },
    load(row) {
      stored.pairedAt = row.paired_at;
      stored.firstPairedAt = row.first_paired_at;
      stored.lastUsedAt = row.last_used_at;
      state = {
        ...state,
        // Whatever it was when the last gateway ended, nothing is connected now.
        status: row.status === 'logged_out' || row.status === 'auth_failed' ? row.status : 'disconnected',
        lastUpdated: row.last_updated ?? state.lastUpdated,
        since: row.last_updated ?? state.since,
        error: row.error_message ?? undefined,
        phone: row.phone ?? undefined,
        browser: row.browser === 'installed' ? 'installed' : 'own',
        isPaired: row.paired_at !== null,
        wasPaired: wasEverPaired(row),
      };
    },
    change(next, signal, reason) {
      const at = now();
      const since = next.status === undefined || next.status === state.status ? state.since : at;
      state = { ...state, ...next, lastUpdated: at, since };
      // What belongs to a code goes with it.
      if (state.isPaired) state = { ...state, wasPaired: true };
      if (!state.qrCode) state = { ...state, qrRefreshesAt: undefined, qrOfferEndsAt: undefined };
      signals.emit('whatsapp.state', { customerId });
      if (state.isPaired) stored.pairedAt ??= state.lastUpdated;
      else stored.pairedAt = null;
      if (state.wasPaired) stored.firstPairedAt ??= state.lastUpdated;
      else stored.firstPairedAt = null;
      if (next.status === 'ready') stored.lastUsedAt = state.lastUpdated;
      // Forgotten altogether: nothing of it may speak of a number that was there.
      if (!state.wasPaired) stored.lastUsedAt = null;
      const snapshot = state;
      const times = { ...stored };
      saving = saving
        .then(() => save(snapshot, times))
        .then(() => {
          if (!signal) return;
          signals.emit('whatsapp.changed', {
            customerId,
            status: signal === 'client_disconnected' ? 'disconnected' : publicStatus(snapshot),
            kind: signal,
            ...(signal === 'qr_generated' && snapshot.qrCode ? { qrCode: snapshot.qrCode } : {}),
            ...(reason === undefined ? {} : { reason }),
            at: snapshot.lastUpdated,
          });
        });
      for (const wake of [...waiting]) wake();
    },
    touch() {
      stored.lastUsedAt = now();
    },
    waitForChange: (abort) =>
      new Promise((resolve) => {
        const done = () => {
          waiting.delete(done);
          abort.removeEventListener('abort', done);
          resolve();
        };
        waiting.add(done);
        abort.addEventListener('abort', done, { once: true });
        if (abort.aborted) done();
      }),
    flush: () => saving,
  };
}
