import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { officeId } from '../contracts/office-number';
import { createApiKeys } from './auth/api-keys';
import { createForwardingReader } from './auth/client-address';
import { loadJwtSecret } from './auth/jwt-secret';
import { createSameOrigin } from './auth/same-origin';
import { runPendingRestore } from './backup/pending-restore';
import { createAccessControl } from './composition/access-control';
import { openBrowserConsole } from './composition/browser-console';
import { createChannels } from './composition/channels';
import { createConsolePorts } from './composition/console-ports';
import { describeDatabase } from './composition/describe-database';
import { describeServerConnections } from './composition/describe-server-connections';
import { followChanges } from './composition/follow-changes';
import { keepBackups } from './composition/keep-backups';
import { logUnusedSettings } from './composition/log-unused-settings';
import { openConsole } from './composition/open-console';
import { openWhatsApp } from './composition/open-whatsapp';
import { refuseOtherKey } from './composition/refuse-other-key';
import { relaySockets } from './composition/relay-sockets';
import { shareLimits } from './composition/share-limits';
import { createTenantDirectory } from './composition/tenant-directory';
import { watchTenants } from './composition/watch-tenants';
import { answersInTime, waitAtMost } from './concurrency/with-timeout';
import type { GatewayConfig } from './config/config';
import { openDataFolder } from './config/open-data-folder';
import { noteRunning } from './config/running-settings';
import type { GatewayConsole } from './console/gateway-console';
import { buildGatewayUrl, listNetworkAddresses } from './console/network-addresses';
import { webhookRecipient } from './deliveries/plan-deliveries';
import { createRenderThrottle } from './deliveries/render-throttle';
import { announceGateway, isAnnounced } from './discovery/announce-gateway';
import { errorText } from './errors';
import type { Gateway, GatewayPorts } from './gateway-ports';
import { createApplication } from './http/application';
import { createAssetRoutes } from './http/asset-routes';
import { createCatalogueRoutes } from './http/catalogue-routes';
import { createConnectRoutes } from './http/connect-routes';
import { createFrontDoor } from './http/front-door';
import { createHelpRoutes } from './http/help-routes';
import type { HttpParts } from './http/http-parts';
import { listen } from './http/listen';
import { createWebServer } from './http/web-server';
import { createWhatsAppRoutes } from './http/whatsapp-routes';
import { createMessageRenderer } from './messages/message-renderer';
import { createFileLogger } from './observability/file-logger';
import { createMetrics } from './observability/metrics';
import { createFileSecretStore } from './secrets/secret-store';
import { describeCertificate, loadTlsCertificate } from './secrets/tls-certificate';
import { createSignals } from './signals';
import { createSocketServer, type SocketServer } from './sockets/socket-server';
import { enterGateway } from './storage/gateway-store';
import { openRelay } from './storage/open-relay';
import { createServerWatches } from './storage/server-watches';
import { openDatabaseServer, openSystemDatabase } from './storage/system-database';
import { createTenantRegistry } from './tenants/tenant-registry';
import { gatewayVersion } from './version';
import { createInstalledBrowsers } from './whatsapp/installed-browsers';
import { createOfficeReplies, numberOf } from './whatsapp/office-number';
import type { WhatsAppSessions } from './whatsapp/whatsapp-sessions';

export type { Gateway, GatewayPorts } from './gateway-ports';

/** Most of the ten seconds that a stop may take; the rest is for closing databases. */
const finishWithinMs = 6_000;
const closeWithinMs = 1_500;
const waitForTenantsMs = 10_000;
const healthTimeoutMs = 2_000;
/** The composition root: every part is made here and handed what it needs. */
export function createGateway(config: GatewayConfig, ports: GatewayPorts = {}): Gateway {
  openDataFolder(config);
  const logger = createFileLogger({
    folder: join(config.dataDir, 'logs'),
    level: config.logLevel,
    print: ports.print,
  });
  const signals = createSignals((name, thrown) =>
    logger.error('gateway.listener_failed', 'internal listener failed', {
      signal: name,
      error: errorText(thrown),
    }),
  );
  // What is undone at the stop, last made first.
  const undo: { readonly what: string; readonly work: () => Promise<void> | void }[] = [];
  const onStop = (what: string, work: () => Promise<void> | void) => undo.push({ what, work });
  let starting: Promise<unknown> | undefined;
  let stopping: Promise<void> | undefined;
  let gatewayConsole: GatewayConsole | undefined;
  let whatsapp: WhatsAppSessions | undefined;
  let madeSockets: SocketServer | undefined;

  async function start(): Promise<{ port: number; consoleUrl?: string }> {
    const startedAt = performance.now();
    logUnusedSettings(config.layers, logger);
    const databaseServer = await openDatabaseServer(config, logger);
    onStop('database server', () => databaseServer.stop());
    const system = await openSystemDatabase({ url: databaseServer.systemUrl(), logger });
    onStop('system database', () => system.stop());
    const openSecrets = ports.openSecrets ?? createFileSecretStore;
    // Before anything is read that it brings back, the key of the secrets included.
    const restored = await runPendingRestore({
      config,
      system,
      databases: databaseServer,
      openSecrets,
      logger,
    });
    const secrets = openSecrets(config);
    await refuseOtherKey(config, system, secrets);
    const jwtSecret = await loadJwtSecret(config, system, secrets);

    const keys = createApiKeys({ system, logger });
    onStop('api keys', () => keys.stop());
    const registry = createTenantRegistry({
      system,
      databases: databaseServer,
      template: config.tenantDatabaseTemplate,
      secrets,
      logger,
      budgetOf: (url) => servers.of(url).budget,
    });

    const instance = randomInt(1, 2 ** 31 - 1);
    const servers = createServerWatches({
      systemUrl: databaseServer.systemUrl(),
      tenantUrls: () => tenants.databaseUrls(),
      instance,
      limit: config.maxDatabaseConnections,
      logger,
    });
    onStop('database server watches', () => servers.stop());
    const relay = openRelay({
      system,
      instance,
      logger,
      living: () => servers.system.figures()?.sharing,
    });
    onStop('relay to other gateways', () => relay.stop());
    const elsewhere = relaySockets(relay, (...told) => madeSockets?.emitHere(...told));
    onStop('sockets at other gateways', () => elsewhere.stop());

    const browsers =
      ports.browsers ?? createInstalledBrowsers({ executablePath: config.browserExecutablePath });
    const office = createOfficeReplies(system);
    const sessions = await openWhatsApp({
      office,
      config,
      system,
      relay,
      browsers,
      databaseOf: (id) => (id === officeId ? system : tenants.find(id)?.tenantDatabase.db),
      webhookOf: (customerId) => {
        const tenant = tenants.find(customerId);
        return tenant && webhookRecipient(tenant.settings);
      },
      onWork: (customerId) => tenants.find(customerId)?.worker.wake('whatsapp'),
      signals,
      logger,
    });
    whatsapp = sessions;
    onStop('whatsapp sessions', () => sessions.stop());
    const out = createChannels({
      config,
      sessions,
      signals,
      logger,
      system,
      find: (customerId) => tenants.find(customerId),
      added: ports.channels,
    });
    onStop('channels', () => out.stop());
    const renderer = createMessageRenderer();
    const tenants = createTenantDirectory({
      registry,
      servers,
      secrets,
      channels: out.channels,
      render: createRenderThrottle(renderer),
      signals,
      logger,
      instance,
      isWatched: (customerId) => sockets.connections.count(customerId) > 0 || elsewhere.isWatched(customerId),
    });
    onStop('tenants', () => {
      const stopped = tenants.stop(AbortSignal.timeout(finishWithinMs));
      // A database that does not answer must not hold up the stop; its work is found again by the next start.
      return waitAtMost(stopped, finishWithinMs + closeWithinMs);
    });

    const counter = shareLimits({ system, watch: servers.system, logger });
    onStop('limits', () => counter.stop());
    const locks = createAccessControl({
      config,
      system,
      jwtSecret,
      keys,
      tenants,
      counter,
      signals,
      logger,
    });
    const { clientAddress, contacts, audit } = locks;
    const metrics = createMetrics({
      signals,
      tenants: () => tenants.live(),
      sockets: () => sockets.connections.count(),
      databaseConnections: () => servers.system.budget.status(),
    });
    onStop('metrics', () => metrics.stop());

    const http: HttpParts = {
      config,
      ...locks,
      databaseOf: (customerId) =>
        describeDatabase(customerId, { registry, tenants, kind: databaseServer.kind }),
      tenants,
      signals,
      logger,
      metrics: () => metrics.read(),
      health: async () => {
        const ok = await answersInTime(system.query({ name: 'health', text: 'select 1' }), healthTimeoutMs);
        return ok ? { ok } : { ok, reason: 'The system database is out of reach.' };
      },
    };
    const browserConsole = openBrowserConsole({
      config,
      kind: ports.entryPoint?.kind ?? 'headless',
      system,
      clientAddress,
      unauthenticatedLimit: locks.unauthenticatedLimit,
      counter,
      audit,
      logger,
      console: () => gatewayConsole,
    });
    const isForwarded = createForwardingReader(config.trustProxy);
    const certificate = await loadTlsCertificate(config);
    const tls = certificate ? describeCertificate(certificate) : null;
    const application = createApplication(http, [
      createCatalogueRoutes(http, renderer),
      createWhatsAppRoutes(http, sessions),
      createConnectRoutes({
        clientAddress,
        pages: createSameOrigin(config.trustProxy),
        lanUrl: (port) => buildGatewayUrl({ host: config.host, port, tls: config.tls !== undefined }),
        publicKeyPin: () => (tls?.kind === 'self' ? tls.publicKeyPin : undefined),
      }),
      createHelpRoutes(),
      createAssetRoutes(),
      createFrontDoor(browserConsole ? 'console/' : 'docs'),
      ...(browserConsole ? [browserConsole.routes] : []),
    ]);
    const httpServer = createWebServer({
      application,
      certificate,
      isStopping: () => stopping !== undefined,
      // Its sockets, and as much again as a PHP server with a full pool needs.
      connections: {
        perAddress: config.socketCaps.perAddress + 1_000,
        isProxy: (socket) => isForwarded({ headers: {}, socket }),
      },
    });
    const sockets = createSocketServer({
      elsewhere,
      httpServer,
      config,
      ...locks,
      tenants,
      signals,
      logger,
      console: browserConsole?.sockets,
    });

    /** Only once its row is read it is known that a tenant sends by the office number. */
    const startSessions = async (ids: readonly string[]) => {
      await sessions.start(ids);
      for (const tenant of ids.map((id) => tenants.find(id))) {
        if (tenant && numberOf(sessions, tenant) === 'office') tenant.worker.recheckHeld('whatsapp');
      }
    };

    madeSockets = sockets;
    await registry.limitRoles();
    await enterGateway(system, { instance, host: hostname(), version: gatewayVersion });
    const changes = followChanges({ system, logger, signals, tenants, keys, sockets, contacts, sessions });
    onStop('system notifications', () => changes.stop());

    await waitAtMost(tenants.start(), waitForTenantsMs);
    // Before the start is waited for: a tenant may open meanwhile.
    signals.on('tenant.added', ({ customerId }) => void startSessions([customerId]));
    await startSessions([officeId, ...tenants.live().map((tenant) => tenant.customerId)]);
    const watches = watchTenants({
      find: (customerId) => tenants.find(customerId),
      live: () => tenants.live(),
      retentionDays: config.retentionDays,
      leads: () => servers.system.leads(),
      operatorSettings: registry.operatorSettings,
      secrets,
      audit,
      signals,
      logger,
    });
    onStop('tenant watches', () => watches.stop());
    const consolePorts = createConsolePorts({ config, system, databases: databaseServer, secrets, logger });
    if (config.backupFolder !== undefined) {
      const backups = keepBackups({
        folder: config.backupFolder,
        kept: config.backupsKept,
        // Encrypted, the key may go along: a machine that is lost is made again without typing passwords.
        create: (file) =>
          consolePorts.createBackup({
            file,
            withSecrets: config.backupPassphrase !== undefined && secrets.exportKey?.() !== undefined,
            withWhatsApp: config.backupPassphrase !== undefined,
          }),
        logger,
      });
      onStop('daily backups', () => waitAtMost(backups.stop(), finishWithinMs));
    }
    const port = await listen(httpServer, config.host, config.port, ports.furtherPorts);
    onStop('note of what runs', noteRunning(config, port, secrets));
    onStop('intake', async () => {
      await sockets.stop();
      httpServer.closeIdleConnections();
      const closed = new Promise<void>((resolve) => httpServer.close(() => resolve()));
      await waitAtMost(closed, closeWithinMs);
      httpServer.closeAllConnections();
    });
    const lanAddress = listNetworkAddresses(config.host)[0]?.address;
    if (config.announced && isAnnounced(lanAddress)) {
      const announcement = await announceGateway({
        address: lanAddress,
        port,
        tls: tls !== null,
        hostname: hostname(),
        version: gatewayVersion,
        logger,
      });
      onStop('announcement', () => announcement.stop());
    }
    const opened = openConsole({
      config,
      entryPoint: ports.entryPoint ?? { kind: 'headless', restart: () => Promise.resolve() },
      startedAt: new Date(),
      restartProblem: ports.restartProblem,
      port: () => port,
      tls,
      contacts,
      ...consolePorts,
      restored,
      tenants,
      registry,
      keys,
      sessions,
      channels: out.channels,
      listOfficeReplies: (limit) => office.list(limit),
      pacing: (tenant) => out.whatsapp.pacing(tenant),
      mailSender: (tenant) => out.mailSender(tenant),
      logsInPlainly: (tenant) => out.logsInPlainly(tenant),
      hasBrowser: () => browsers.find() !== undefined,
      webhookOffReason: (customerId) => watches.offReason(customerId),
      bounceProblem: (customerId) => watches.bounceProblem(customerId),
      databaseMoved: databaseServer.moved,
      leads: () => servers.system.leads(),
      instance,
      connections: () => describeServerConnections(servers.system, tenants.databaseUrls().length),
      pageOrigins: locks.pageOrigins,
      logs: logger.lines,
      renderer,
      secrets,
      login: browserConsole?.login,
      consoleUrl: () => `${buildGatewayUrl({ host: config.host, port, tls: tls !== null })}/console/`,
      counter,
      audit,
      signals,
      logger,
    });
    gatewayConsole = opened.console;
    onStop('console', () => opened.stop());
    logger.info('gateway.listening', 'listening', {
      port,
      host: config.host,
      ...(tls ? { tls: tls.kind, fingerprint: tls.fingerprint } : {}),
      version: gatewayVersion,
      database: databaseServer.kind,
      tenants: tenants.live().length,
      start_ms: Math.round(performance.now() - startedAt),
    });
    logger.flush();
    return { port, consoleUrl: await browserConsole?.announce(port) };
  }

  async function stopAll(): Promise<void> {
    const startedAt = performance.now();
    logger.info('gateway.stopping', 'stopping');
    // A start cut off halfway would leave a database server behind.
    if (starting) await waitAtMost(starting, finishWithinMs);
    for (const { what, work } of undo.reverse()) {
      try {
        await work();
      } catch (thrown) {
        logger.error('gateway.part_stop_failed', 'a part of the gateway did not stop cleanly', {
          part: what,
          error: errorText(thrown),
        });
      }
    }
    undo.length = 0;
    logger.info('gateway.stopped', 'stopped', { stop_ms: Math.round(performance.now() - startedAt) });
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
