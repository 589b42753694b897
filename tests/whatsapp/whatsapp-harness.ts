import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { WhatsAppStatus } from '../../main/contracts/statuses';
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

/** Time-outs of a test: everything that is minutes in the world is seconds here. */
export const shortTimes: Partial<SessionConfig> = {
  readyTimeoutMs: 15_000,
  protocolTimeoutMs: 10_000,
  sendTimeoutMs: 10_000,
  closeTimeoutMs: 3_000,
  healthIntervalMs: 500,
  // A page that is loading on a busy machine is not hung.
  healthTimeoutMs: 4_000,
  unpairedPollMs: 300,
  firstRetryMs: 100,
  longestRetryMs: 1_000,
  stableMs: 2_000,
};

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
  waitForStatus(customerId: string, status: WhatsAppStatus, timeoutMs?: number): Promise<void>;
  /** the process of the customer's browser */
  browserPid(customerId: string): Promise<number>;
  /** Stops the sessions and makes new ones on the same data: what a restart of the gateway does. */
  restart(config?: Partial<SessionConfig>): Promise<WhatsAppSessions>;
  stop(): Promise<void>;
}

export interface HarnessOptions {
  readonly config?: Partial<SessionConfig>;
  readonly browsers?: BrowserPort;
  readonly refIntervalMs?: number;
}

export async function createWhatsAppHarness(options: HarnessOptions = {}): Promise<WhatsAppHarness> {
  const simulator = await createWhatsAppSimulator({ refIntervalMs: options.refIntervalMs });
  const dataDir = await mkdtemp(join(tmpdir(), 'whatsapp-test-'));
  const testDatabase = await createTestDatabase();
  const logger = createMemoryLogger();
  const tenantDatabase = await openTenantDatabase({ url: testDatabase.url, logger, customerId: 'TESTS' });
  const database = tenantDatabase.db;
  const signals = createSignals((name, thrown) =>
    logger.error(`listener of ${name}`, { error: String(thrown) }),
  );
  const changes: SignalMap['whatsapp.changed'][0][] = [];
  const inbound: SignalMap['whatsapp.received'][0][] = [];
  signals.on('whatsapp.changed', (change) => changes.push(change));
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
      const { qrCode } = await sessions.waitForQr(customerId, 60_000);
      await simulator.scanPicture(phone, qrCode ?? '');
      await waitUntil(
        () => changes.some((change) => change.customerId === customerId && change.kind === 'client_ready'),
        { what: `${customerId} to be ready` },
      );
      return phone;
    },
    async waitForStatus(customerId, status, timeoutMs = patienceMs) {
      await waitUntil(async () => (await sessions.status(customerId)).status === status, {
        what: `${customerId} to be ${status}`,
        timeoutMs,
      });
    },
    async browserPid(customerId) {
      const folder = join(dataDir, 'whatsapp', customerId, 'session');
      const browsers = (await listProcesses()).filter(
        ({ command }) => command.includes(`--user-data-dir=${folder}`) && !command.includes('--type='),
      );
      expect(browsers).toHaveLength(1);
      return browsers[0]!.pid;
    },
    async restart(config) {
      await sessions.stop();
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
