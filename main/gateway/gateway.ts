import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { createSavedSettings, type GatewayConfig } from './config';
import { errorText } from './errors';
import type { ConsoleDoor, GatewayConsole } from './console/create-console';
import { createChannels } from './create-channels';
import { webhookRecipient } from './deliveries/plan-deliveries';
import { createFileLogger, type FileLogger } from './file-logger';
import { createCatalogueRoutes } from './http/catalogue-routes';
import { createAssetRoutes } from './http/asset-routes';
import { createApplication } from './http/create-application';
import type { HttpParts } from './http/http-parts';
import { createWebServer } from './http/create-web-server';
import { loadJwtSecret } from './jwt-secret';
import { createWhatsAppRoutes } from './http/whatsapp-routes';
import { keepRetention } from './keep-retention';
import { listen } from './listen';
import { openConsole } from './open-console';
import { openConsoleDoor } from './open-console-door';
import { createMessageRenderer } from './messages/create-message-renderer';
import { createMetrics } from './metrics';
import { createSignals, type Signals } from './signals';
import { orderRestore, runOrderedRestore } from './ordered-restore';
import { sendTestMail } from './send-test-mail';
import { createSocketServer } from './sockets/socket-server';
import { checkDatabaseServer } from './storage/check-database-server';
import { readGatewaySetting, writeGatewaySetting } from './storage/gateway-settings-store';
import { listenForNotifications } from './storage/notification-listener';
import { openDatabaseServer, openSystemDatabase } from './storage/system-database';
import { createTenantDirectory } from './tenant-directory';
import { createApiKeys } from './tenants/api-keys';
import { createAuditLog } from './tenants/audit-log';
import { createAuthentication } from './tenants/authentication';
import { createContactLog } from './tenants/contact-log';
import { createClientAddressReader } from './tenants/client-address';
import { createAddressLimit, createEventLimits } from './tenants/rate-limits';
import { createBackup } from './tenants/create-backup';
import { createFileSecretStore, type FileSecretStoreOptions, type SecretStore } from './tenants/secret-store';
import { createSessionTokens } from './tenants/session-tokens';
import { createSessionVerification } from './tenants/session-verification';
import { createTenantRegistry } from './tenants/tenant-registry';
import { createTrustedSources } from './tenants/trusted-sources';
import { loadTlsCertificate } from './tls-certificate';
import { gatewayVersion } from './version';
import { answersInTime, settledWithin } from './within-time';
import { createWhatsAppSessions, type WhatsAppSessions } from './whatsapp/create-whatsapp-sessions';
import { createInstalledBrowsers, type BrowserPort } from './whatsapp/find-browser';

/** What differs between the desktop and a server. */
export interface GatewayPorts {
  /** Default: a key file in the data folder, or GATEWAY_MASTER_KEY. */
  readonly openSecrets?: (options: FileSecretStoreOptions) => SecretStore;
  /** Where WhatsApp runs. Default: the Chrome, Chromium or Edge of this machine. */
  readonly browsers?: BrowserPort;
  /** Where log lines also go: a server's standard output. */
  readonly print?: (lines: string) => void;
  /** How many ports after the wanted one are tried where others listen there. Default: none. */
  readonly furtherPorts?: number;
  /** Default: headless, and restarted by whoever runs the process. */
  readonly door?: ConsoleDoor;
  /** Why the configuration that was saved did not start, so that the one before runs on. */
  readonly restartProblem?: string;
}

export interface Gateway {
  /** @throws ConfigurationError or GatewayError with one line that says what stands in the way */
  start(): Promise<{
    readonly port: number;
    /** headless: where the console is, with a link that signs in once as long as no password is set */
    readonly consoleUrl?: string;
  }>;
  /** What the operator's windows talk to; undefined until the gateway is up. */
  readonly console: GatewayConsole | undefined;
  /** The machine falls asleep, and wakes up: connections are dead then before anything says so. */
  suspend(): void;
  resume(): void;
  /** Stops intake, finishes or hands back what is in flight, within 10 s. Never throws. */
  stop(): Promise<void>;
  readonly signals: Signals;
  readonly logger: FileLogger;
}

/** Most of the ten seconds that a stop may take; the rest is for closing databases. */
const finishWithinMs = 6_000;
const closeWithinMs = 1_500;
const waitForTenantsMs = 10_000;
const healthTimeoutMs = 2_000;
/** A PHP server asks for all its users from one address; guesses are limited by their failures. */
const tokensPerMinute = 300;
const failuresPerMinute = 60;
const strangersPerMinute = 600;

/** The composition root: every part is made here and handed what it needs. */
export function createGateway(config: GatewayConfig, ports: GatewayPorts = {}): Gateway {
  const logger = createFileLogger({
    folder: join(config.dataDir, 'logs'),
    level: config.logLevel,
    print: ports.print,
  });
  const signals = createSignals((name, thrown) =>
    logger.error('signal listener failed', { signal: name, error: errorText(thrown) }),
  );
  // What is undone at the stop, last made first.
  const undo: { readonly what: string; readonly work: () => Promise<void> | void }[] = [];
  const onStop = (what: string, work: () => Promise<void> | void) => undo.push({ what, work });
  let starting: Promise<unknown> | undefined;
  let stopping: Promise<void> | undefined;
  let gatewayConsole: GatewayConsole | undefined;
  let whatsapp: WhatsAppSessions | undefined;

  async function start(): Promise<{ port: number; consoleUrl?: string }> {
    const startedAt = performance.now();
    if (config.layers.unreadable.length > 0) {
      logger.warn('saved settings cannot be read with this key and count as not set', {
        settings: config.layers.unreadable.join(', '),
      });
    }
    const databaseServer = await openDatabaseServer(config, logger);
    onStop('database server', () => databaseServer.stop());
    const system = await openSystemDatabase({ url: databaseServer.systemUrl(), logger });
    onStop('system database', () => system.stop());
    const openSecrets = ports.openSecrets ?? createFileSecretStore;
    // Before anything is read that it brings back, the key of the secrets included.
    const restored = await runOrderedRestore({
      config,
      system,
      databases: databaseServer,
      openSecrets,
      logger,
    });
    const secrets = openSecrets(config);
    const jwtSecret = await loadJwtSecret(config, system, secrets);

    const keys = createApiKeys({ system, logger });
    onStop('api keys', () => keys.stop());
    const registry = createTenantRegistry({
      system,
      databases: databaseServer,
      template: config.tenantDatabaseTemplate,
      secrets,
      logger,
    });

    const browsers =
      ports.browsers ?? createInstalledBrowsers({ executablePath: config.browserExecutablePath });
    const sessions = createWhatsAppSessions({
      dataDir: config.dataDir,
      browsers,
      databaseOf: (customerId) => tenants.find(customerId)?.tenantDatabase.db,
      webhookOf: (customerId) => {
        const tenant = tenants.find(customerId);
        return tenant && webhookRecipient(tenant.settings);
      },
      signals,
      logger,
      config: {
        sessionTimeoutMs: config.whatsappSessionTimeoutMs,
        browserArgs: config.whatsappBrowserArgs,
      },
    });
    whatsapp = sessions;
    onStop('whatsapp sessions', () => sessions.stop());
    const out = createChannels({
      config,
      sessions,
      signals,
      logger,
      find: (customerId) => tenants.find(customerId),
    });
    onStop('channels', () => out.stop());
    const renderer = createMessageRenderer();
    const tenants = createTenantDirectory({
      registry,
      secrets,
      channels: out.channels,
      renderer,
      signals,
      logger,
      instance: randomInt(1, 2 ** 31 - 1),
      isWatched: (customerId) => sockets.connections.count(customerId) > 0,
    });
    onStop('tenants', () => {
      const stopped = tenants.stop(AbortSignal.timeout(finishWithinMs));
      // A database that does not answer must not hold up the stop; its work is found again by the next start.
      return settledWithin(stopped, finishWithinMs + closeWithinMs);
    });

    const clientAddress = createClientAddressReader(config.trustProxy);
    const eventLimits = createEventLimits();
    const failureLimit = createAddressLimit(failuresPerMinute, 'failed logins from this address in a minute');
    const strangerLimit = createAddressLimit(
      strangersPerMinute,
      'requests without key or token from this address in a minute',
    );
    const contacts = createContactLog((customerId, contact) =>
      signals.emit('tenant.contact', { customerId, ...contact }),
    );
    const authentication = createAuthentication({
      keys,
      tokens: createSessionTokens(jwtSecret),
      sessions: createSessionVerification(config.sessionVerifyUrl, logger),
      trusted: createTrustedSources(config.trustedSources),
      exists: (customerId) => tenants.exists(customerId),
      onProven: (customerId, address) => contacts.note(customerId, address),
    });
    const metrics = createMetrics({
      signals,
      tenants: () => tenants.live(),
      sockets: () => sockets.connections.count(),
    });
    onStop('metrics', () => metrics.stop());

    const audit = createAuditLog(system, logger);
    const http: HttpParts = {
      config,
      clientAddress,
      tenants,
      authentication,
      eventLimits,
      tokenLimit: createAddressLimit(tokensPerMinute, 'tokens for this address in a minute'),
      failureLimit,
      strangerLimit,
      audit,
      signals,
      logger,
      metrics: () => metrics.read(),
      health: async () => {
        const ok = await answersInTime(system.query({ name: 'health', text: 'select 1' }), healthTimeoutMs);
        return ok ? { ok } : { ok, reason: 'The system database is out of reach.' };
      },
    };
    const consoleDoor = openConsoleDoor({
      config,
      kind: ports.door?.kind ?? 'headless',
      system,
      clientAddress,
      strangerLimit,
      audit,
      logger,
      console: () => gatewayConsole,
    });
    const application = createApplication(http, [
      createCatalogueRoutes(http, renderer),
      createWhatsAppRoutes(http, sessions),
      createAssetRoutes(),
      ...(consoleDoor ? [consoleDoor.routes] : []),
    ]);
    const certificate = await loadTlsCertificate(config);
    const httpServer = createWebServer({
      application,
      certificate,
      isStopping: () => stopping !== undefined,
    });
    const sockets = createSocketServer({
      httpServer,
      config,
      clientAddress,
      authentication,
      failureLimit,
      strangerLimit,
      tenants,
      eventLimits,
      signals,
      logger,
      console: consoleDoor?.sockets,
    });

    const systemListener = listenForNotifications({
      database: system,
      channel: 'modular_gateway',
      logger,
      onNotification(payload) {
        if (payload === 'tenants') void tenants.refresh();
        if (payload === 'keys') forgetKeys();
        if (payload === 'console sessions') void sockets.recheckConsole();
      },
      onConnected() {
        // Changes may have been missed while nobody listened.
        forgetKeys();
        void tenants.refresh();
        void sockets.recheckConsole();
      },
    });
    onStop('system notifications', () => systemListener.stop());
    function forgetKeys(): void {
      keys.invalidate();
      void sockets.recheckKeys();
    }
    signals.on('tenant.removed', ({ customerId }) => {
      sockets.disconnectTenant(customerId);
      contacts.forget(customerId);
      void sessions.forget(customerId);
    });
    signals.on('whatsapp.changed', ({ customerId }) =>
      tenants.find(customerId)?.worker.recheckHeld('whatsapp'),
    );
    signals.on('whatsapp.received', ({ customerId }) => tenants.find(customerId)?.worker.wake('webhook'));

    await settledWithin(tenants.start(), waitForTenantsMs);
    await sessions.start(tenants.live().map((tenant) => tenant.customerId));
    signals.on('tenant.added', ({ customerId }) => void sessions.start([customerId]));
    const retention = keepRetention({
      tenants: () => tenants.live(),
      days: config.retentionDays,
      logger,
    });
    onStop('retention', () => retention.stop());
    const port = await listen(httpServer, config.host, config.port, ports.furtherPorts);
    onStop('intake', async () => {
      await sockets.stop();
      httpServer.closeIdleConnections();
      const closed = new Promise<void>((resolve) => httpServer.close(() => resolve()));
      await settledWithin(closed, closeWithinMs);
      httpServer.closeAllConnections();
    });
    const opened = openConsole({
      config,
      door: ports.door ?? { kind: 'headless', restart: () => Promise.resolve() },
      startedAt: new Date(),
      restartProblem: ports.restartProblem,
      port: () => port,
      tls: certificate
        ? {
            kind: certificate.selfMade ? 'self' : 'files',
            fingerprint: certificate.fingerprint,
            publicKeyPin: certificate.publicKeyPin,
          }
        : null,
      contacts,
      checkDatabaseServer,
      sendTestMail,
      createBackup: (options) =>
        createBackup({
          ...options,
          system,
          databases: databaseServer,
          secrets,
          dataDir: config.dataDir,
          logger,
        }),
      orderRestore: (order) => orderRestore(config.dataDir, order),
      restored,
      tenants,
      registry,
      keys,
      sessions,
      pacing: (tenant) => out.whatsapp.pacing(tenant),
      mailSender: (tenant) => out.mailSender(tenant),
      hasBrowser: () => browsers.find() !== undefined,
      logs: logger.lines,
      renderer,
      secrets,
      savedSettings: createSavedSettings({ dataDir: config.dataDir, secrets }),
      gatewaySettings: {
        read: (name) => readGatewaySetting(system, name),
        write: (name, value) => writeGatewaySetting(system, name, value),
      },
      login: consoleDoor?.login,
      audit,
      signals,
      logger,
    });
    gatewayConsole = opened.console;
    onStop('console', () => opened.stop());
    logger.info('listening', {
      port,
      host: config.host,
      ...(certificate
        ? { tls: certificate.selfMade ? 'self' : 'files', fingerprint: certificate.fingerprint }
        : {}),
      version: gatewayVersion,
      database: databaseServer.kind,
      tenants: tenants.live().length,
      start_ms: Math.round(performance.now() - startedAt),
    });
    logger.flush();
    return { port, consoleUrl: await consoleDoor?.announce(port) };
  }

  async function stopAll(): Promise<void> {
    const startedAt = performance.now();
    logger.info('stopping');
    // A start cut off halfway would leave a database server behind.
    if (starting) await settledWithin(starting, finishWithinMs);
    for (const { what, work } of undo.reverse()) {
      try {
        await work();
      } catch (thrown) {
        logger.error('could not be stopped in order', { part: what, error: errorText(thrown) });
      }
    }
    undo.length = 0;
    logger.info('stopped', { stop_ms: Math.round(performance.now() - startedAt) });
    logger.stop();
  }

  return {
    signals,
    logger,
    get console() {
      return gatewayConsole;
    },
    start() {
      const started = start();
      starting = started;
      return started;
    },
    suspend: () => whatsapp?.suspend(),
    resume: () => whatsapp?.resume(),
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
