import type { gatewayCalls } from '../../contracts/console/gateway-calls';
import { officeId } from '../../contracts/office-number';
import { gatewayVersion } from '../version';
import type { ConsoleHandlers, ConsoleParts, ServerConnections } from './console-parts';
import { layersInForce, needsRestart } from './describe-settings';
import { buildGatewayUrl, listNetworkAddresses } from './network-addresses';
import { readGatewayName, readSetupDone } from './setup-state';

type InfoCalls = Extract<keyof typeof gatewayCalls, 'gateway.info' | 'gateway.all' | 'gateway.restart'>;

function describeConnections(found: ServerConnections | undefined) {
  if (!found) return null;
  const { total, used, strangers, gateways, limit, open, message } = found;
  return { total, used, strangers, gateways, limit, open, message };
}

/** What this gateway is, and its restart. */
export function createInfoHandlers(parts: ConsoleParts): ConsoleHandlers<InfoCalls> {
  const { config, entryPoint } = parts;
  return {
    async 'gateway.info'() {
      const port = parts.port();
      return {
        name: await readGatewayName(parts.gatewaySettings),
        version: gatewayVersion,
        platform: process.platform,
        entryPoint: entryPoint.kind,
        startedAt: parts.startedAt.toISOString(),
        port,
        wantedPort: config.port === 0 ? port : config.port,
        tls: parts.tls && { kind: parts.tls.kind, fingerprint: parts.tls.fingerprint },
        addresses: listNetworkAddresses(config.host),
        url: buildGatewayUrl({ host: config.host, port, tls: parts.tls !== null }),
        database: config.database.kind,
        connections: describeConnections(parts.connections()),
        dataDir: config.dataDir,
        setupDone: await readSetupDone(parts.gatewaySettings),
        canPairVisibly: parts.sessions.canPairVisibly(),
        hasOfficeNumber: parts.sessions.peek(officeId)?.wasPaired === true,
        restartProblem: parts.restartProblem ?? null,
        restartNeeded: needsRestart(layersInForce(parts), parts.savedSettings.read().values),
      };
    },
    async 'gateway.all'() {
      const gateways = await parts.gateways();
      return {
        gateways: gateways.map(({ instance, host, version, since, leads, sessions }) => ({
          host,
          version,
          startedAt: since?.toISOString() ?? null,
          isThisOne: instance === parts.instance,
          leads,
          sessions,
        })),
      };
    },
    async 'gateway.restart'(_input, caller) {
      await parts.audit.record({ actor: caller.actor, action: 'gateway.restarted', customerId: null });
      await entryPoint.restart();
      return {};
    },
  };
}
