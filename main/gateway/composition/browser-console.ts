import type { Router } from 'express';
import { buildSignInUrl, consoleUrlSetting } from '../auth/console-address';
import { createConsoleLogin, type ConsoleLogin } from '../auth/console-login';
import type { LimitCounter } from '../auth/limit-windows';
import { createAddressLimit, type AddressLimit } from '../auth/rate-limits';
import { createSameOrigin } from '../auth/same-origin';
import type { GatewayConfig } from '../config/config';
import type { EntryPoint } from '../console/gateway-console';
import { buildGatewayUrl } from '../console/network-addresses';
import { errorText } from '../errors';
import { createConsoleRoutes, type ConsoleRouteParts } from '../http/console-routes';
import type { Logger } from '../observability/logger';
import type { ConsoleNamespaceParts, ConsolePort } from '../sockets/console-namespace';
import type { Database } from '../storage/database';
import { writeGatewaySetting } from '../storage/gateway-settings-store';

/** How browsers get at the console of a gateway without a window. */
export interface BrowserConsoleParts extends Pick<ConsoleRouteParts, 'clientAddress' | 'audit'> {
  readonly config: Pick<GatewayConfig, 'console' | 'trustProxy' | 'host' | 'tls'>;
  readonly kind: EntryPoint['kind'];
  readonly system: Database;
  readonly unauthenticatedLimit: AddressLimit;
  /** counts failed logins */
  readonly counter: LimitCounter;
  readonly logger: Logger;
  readonly console: () => (ConsolePort & ReturnType<ConsoleRouteParts['console']>) | undefined;
}

export interface BrowserConsole {
  readonly login: ConsoleLogin;
  readonly routes: Router;
  readonly sockets: ConsoleNamespaceParts;
  /** The address to print at the start: it signs in, once, as long as no password is set. */
  announce(port: number): Promise<string>;
}

const failuresPerMinute = 10;
/** Of one name, from all addresses where its person is not known: more than one address may fail. */
const failuresPerName = 20;

/** Undefined where there is a window instead, and where it is switched off. */
export function openBrowserConsole(parts: BrowserConsoleParts): BrowserConsole | undefined {
  const { config, system } = parts;
  if (parts.kind !== 'headless' || !config.console) return undefined;
  const login = createConsoleLogin(system);
  const pages = createSameOrigin(config.trustProxy);
  const shared = { login, pages, console: parts.console, clientAddress: parts.clientAddress };
  return {
    login,
    routes: createConsoleRoutes({
      ...shared,
      audit: parts.audit,
      loginLimit: createAddressLimit(
        failuresPerMinute,
        'failed logins from this address in a minute',
        parts.counter,
      ),
      nameLimit: createAddressLimit(failuresPerName, 'failed logins by this name in a minute', parts.counter),
    }),
    sockets: { ...shared, unauthenticatedLimit: parts.unauthenticatedLimit, logger: parts.logger },
    async announce(port) {
      const tls = config.tls !== undefined;
      const url = `${buildGatewayUrl({ host: config.host, port, tls })}/console/`;
      try {
        // For `console link`, which cannot know the port that was free.
        await writeGatewaySetting(system, consoleUrlSetting, url);
        return (await login.hasPassword()) ? url : buildSignInUrl(url, (await login.makeLink()).token);
      } catch (thrown) {
        // The gateway is up; how to sign in can be asked for later.
        parts.logger.warn('console.link_failed', 'link to the console could not be made', {
          error: errorText(thrown),
        });
        return url;
      }
    },
  };
}
