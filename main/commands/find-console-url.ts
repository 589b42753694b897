import { consoleUrlSetting } from '../gateway/auth/console-address';
import type { GatewayConfig } from '../gateway/config/config';
import { buildGatewayUrl } from '../gateway/console/network-addresses';
import { GatewayError } from '../gateway/errors';
import type { Database } from '../gateway/storage/database';
import { readGatewaySetting } from '../gateway/storage/gateway-settings-store';

/** Where the gateway that started last has its console: only that knows which port was free. */
export async function findConsoleUrl(config: GatewayConfig, system: Database): Promise<string> {
  if (!config.console) {
    throw new GatewayError('console_off', 'The console is turned off: GATEWAY_CONSOLE is set to off.');
  }
  const kept = await readGatewaySetting(system, consoleUrlSetting);
  if (typeof kept === 'string') return kept;
  if (config.port === 0) {
    throw new GatewayError(
      'console_unknown',
      'Start the gateway once first: PORT is 0, so its port is not known yet.',
    );
  }
  const { host, port, tls } = config;
  return `${buildGatewayUrl({ host, port, tls: tls !== undefined })}/console/`;
}
