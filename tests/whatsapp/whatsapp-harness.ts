import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SessionStatus } from '../../main/contracts/statuses';
import { createSignals, type SignalMap, type Signals } from '../../main/gateway/signals';
import type { Database } from '../../main/gateway/storage/database';
import { openTenantDatabase } from '../../main/gateway/storage/tenant-database';
import { createInstalledBrowsers, type BrowserPort } from '../../main/gateway/whatsapp/installed-browsers';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import type { SessionConfig } from '../../main/gateway/whatsapp/session-config';
import { createWhatsAppSessions, type WhatsAppSessions } from '../../main/gateway/whatsapp/whatsapp-sessions';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { createMemoryLogger, type MemoryLogger } from '../support/memory-logger';
import { patienceMs } from '../support/patience';
import { createTestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

/**
 * What a session does again and again it does often here. What it waits for it waits for as long as a test does: a
 * machine that stands still for a moment breaks no session. A test about one of these bounds sets its own.
 */
export const shortTimes: Partial<SessionConfig> = {
  launchTimeoutMs: patienceMs,
  readyTimeoutMs: patienceMs,
  protocolTimeoutMs: patienceMs,
  answerTimeoutMs: patienceMs,
  sendTimeoutMs: patienceMs,
  healthTimeoutMs: patienceMs,
  // One that was killed instead leaves no snapshot.
  closeTimeoutMs: 20_000,
  healthIntervalMs: 500,
  unpairedPollMs: 300,
  firstRetryMs: 100,
  longestRetryMs: 1_000,
  stableMs: 2_000,
  // More than a file of tests provokes.
  maxFailures: 1_000,
};

interface SessionRow {
  readonly status: string;
  readonly qr_code: string | null;
  readonly phone: string | null;
  readonly error_message: string | null;
}

export interface WhatsAppHarness {
  readonly simulator: WhatsAppSimulator;
  readonly sessions: WhatsAppSessions;
  readonly signals: Signals;
  readonly database: Database;
  readonly databaseUrl: string;
  readonly logger: MemoryLogger;
  readonly dataDir: string;
  /** `whatsapp.changed`, in order */
  readonly changes: SignalMap['whatsapp.changed'][0][];
  readonly inbound: SignalMap['whatsapp.received'][0][];
  /** A customer id of this test's own, paired with a phone of its own. */
  pair(customerId: string, number: string): Promise<SimulatedPhone>;
  /** Links a phone that is there already. */
  scan(customerId: string, phone: SimulatedPhone): Promise<void>;
  /** Until the session is in that status, and has stored and told it (`initializing` is only stored). */
  waitForStatus(customerId: string, status: SessionStatus): Promise<void>;
  /** the customer's signals, oldest first */
  kindsOf(customerId: string): SignalMap['whatsapp.changed'][0]['kind'][];
  /** what the database holds of the session */
  readRow(customerId: string): Promise<SessionRow | undefined>;
  /** processes of all browsers (not of their renderers and helpers) of these sessions */
  listBrowsers(): Promise<number[]>;
  /** the process of the customer's browser */
  browserPid(customerId: string): Promise<number>;
  /** Stops the sessions and makes new ones on the same data: what a restart of the gateway does. */
  restart(config?: Partial<SessionConfig>): Promise<WhatsAppSessions>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  readonly config?: Partial<SessionConfig>;
  readonly browsers?: BrowserPort;
  /** how long a code is good, in ms; longer than any scan takes unless told */
  readonly refIntervalMs?: number;
}

export async function createWhatsAppHarness(options: HarnessOptions = {}): Promise<WhatsAppHarness> {
  const simulator = await createWhatsAppSimulator({ refIntervalMs: options.refIntervalMs ?? patienceMs });
  const dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-test-'));
  const testDatabase = await createTestDatabase();
  const logger = createMemoryLogger();
  const tenantDatabase = await openTenantDatabase({ url: testDatabase.url, logger, customerId: 'TESTS' });
  const database = tenantDatabase.db;
  const signals = createSignals((name, thrown) =>
    logger.error('gateway.listener_failed', `listener of ${name}`, { error: String(thrown) }),
  );
  const changes: SignalMap['whatsapp.changed'][0][] = [];
  const inbound: SignalMap['whatsapp.received'][0][] = [];
  /** the last status that was told of each customer since the sessions were made */
  const told = new Map<string, SessionStatus>();
  signals.on('whatsapp.changed', (change) => {
    changes.push(change);
    told.set(change.customerId, change.status);
  });
  signals.on('whatsapp.received', (message) => inbound.push(message));

  const makeSessions = (config: Partial<SessionConfig> = {}) =>
    createWhatsAppSessions({
      dataDir,
      browsers: options.browsers ?? createInstalledBrowsers(),
      databaseOf: () => database,
      signals,
      logger,
      config: { ...shortTimes, ...options.config, ...config, browserArgs: simulator.browserArgs },
    });
  let sessions = makeSessions();

  const harness: WhatsAppHarness = {
    simulator,
    get sessions() {
      return sessions;
    },
    signals,
    database,
    databaseUrl: testDatabase.url,
    logger,
    dataDir,
    changes,
    inbound,
    async pair(customerId, number) {
      const phone = simulator.createPhone(number);
      await harness.scan(customerId, phone);
      return phone;
    },
    async scan(customerId, phone) {
      const { qrCode } = await sessions.waitForQr(customerId, patienceMs);
      await simulator.scanPicture(phone, qrCode ?? '');
      await harness.waitForStatus(customerId, 'ready');
    },
    async waitForStatus(customerId, status) {
      // Programs are told of a session that nobody has paired as `not_initialized`, whether it starts or rests.
      const fits = (seen: string | undefined) =>
        seen === status ||
        (seen === 'not_initialized' && (status === 'disconnected' || status === 'initializing'));
      const isTold = () => status === 'initializing' || fits(told.get(customerId));
      await waitUntil(
        async () =>
          (await sessions.status(customerId)).status === status &&
          isTold() &&
          fits((await harness.readRow(customerId))?.status),
        { what: `${customerId} to be ${status}` },
      );
    },
    kindsOf: (customerId) =>
      changes.filter((change) => change.customerId === customerId).map(({ kind }) => kind),
    async readRow(customerId) {
      const rows = await database.query<SessionRow>({
        name: 'test-read-session',
        text: 'select status, qr_code, phone, error_message from settings.whatsapp_sessions where customer_id = $1',
        values: [customerId],
      });
      return rows[0];
    },
    async listBrowsers() {
      const browsers = (await listProcesses()).filter(
        ({ command }) => command.includes(`--user-data-dir=${dataDir}`) && !command.includes('--type='),
      );
      return browsers.map(({ pid }) => pid);
    },
    async browserPid(customerId) {
      const folder = join(dataDir, 'whatsapp', customerId, 'session');
      return waitUntil(
        async () => {
          const [browser, ...others] = (await listProcesses()).filter(
            ({ command }) => command.includes(`--user-data-dir=${folder}`) && !command.includes('--type='),
          );
          // For a moment a helper looks like the browser that it was forked from.
          return others.length === 0 && browser?.pid;
        },
        { what: `one browser of ${customerId}` },
      );
    },
    async restart(config) {
      await sessions.stop();
      told.clear();
      sessions = makeSessions(config);
      return sessions;
    },
    async stop() {
      await sessions.stop();
      await simulator.stop();
      await tenantDatabase.stop();
      await testDatabase.stop();
      const left = (await listProcesses()).filter(({ command }) => command.includes(dataDir));
      await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
      expect(left.map(({ pid }) => pid)).toEqual([]);
      // A name that the simulator does not know means that the library has changed: look what it wants.
      expect([...simulator.unknownModules]).toEqual([]);
    },
  };
  return harness;
}
