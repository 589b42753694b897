import type { GatewayConfig } from '../../gateway/config/config';
import { errorText } from '../../gateway/errors';
import { databaseLocation } from '../../gateway/storage/connection-trouble';
import { describeConnections } from '../../gateway/storage/describe-connections';
import { listGatewaySettings } from '../../gateway/storage/gateway-settings-store';
import { nameServer } from '../../gateway/storage/server-addresses';
import { readConnectionFigures } from '../../gateway/storage/server-watch';
import { readServerFacts } from '../../gateway/storage/system-database';
import { serverInUse } from '../../gateway/storage/writable-server';
import { createInstalledBrowsers } from '../../gateway/whatsapp/installed-browsers';
import type { Installation } from '../open-installation';
import { fail, ok, warn, type Check } from './check';

/** Tokens and webhook signatures are good for minutes; a clock that is off spoils them. */
const largestSkewMs = 5_000;
/** The oldest PostgreSQL that still gets fixes: https://www.postgresql.org/support/versioning/ */
const oldestVersion = 140_000;

/** Of a list, which one takes the writes. */
function describeServers(url: string): string {
  const inUse = serverInUse(url);
  return inUse ? `${nameServer(inUse)}, of ${databaseLocation(url)}` : databaseLocation(url);
}

/** The system database, its clock and the secrets in it. */
export async function checkSystemDatabase({
  system,
  server,
  secrets,
  registry,
}: Installation): Promise<Check[]> {
  const facts = await readServerFacts(system);
  const where = server.kind === 'embedded' ? 'embedded' : describeServers(server.systemUrl());
  const described = `PostgreSQL ${facts.version} (${where}) answers.`;
  const checks = [
    facts.versionNumber < oldestVersion
      ? warn('database', `${described} That version gets no fixes any more.`)
      : ok('database', described),
  ];
  if (server.moved !== undefined) checks.push(warn('database', server.moved));
  const figures = await readConnectionFigures(system);
  if (figures) {
    const { message, isFull } = describeConnections(figures, (await registry.list()).length);
    checks.push(isFull ? warn('connections', message) : ok('connections', message));
  }
  const skewMs = Math.abs(facts.skewMs);
  checks.push(
    skewMs > largestSkewMs
      ? warn('clock', `This machine and the database's are ${Math.round(skewMs / 1000)} s apart.`)
      : ok(
          'clock',
          `${new Date().toISOString()}, time zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`,
        ),
  );
  const unreadable: string[] = [];
  for (const { name, value } of await listGatewaySettings(system)) {
    try {
      if (typeof value === 'string') secrets.decrypt(value);
    } catch (thrown) {
      unreadable.push(`${name}: ${errorText(thrown)}`);
    }
  }
  checks.push(
    unreadable.length === 0
      ? ok('secrets', 'The stored secrets of the gateway can be read.')
      : fail('secrets', unreadable.join(' ')),
  );
  return checks;
}

/** A browser for WhatsApp. */
export function checkBrowser({ browserExecutablePath }: GatewayConfig): Check {
  const browser = createInstalledBrowsers({ executablePath: browserExecutablePath }).find();
  if (browser) return ok('browser', `${browser.name}: ${browser.executablePath}`);
  return browserExecutablePath === undefined
    ? warn('browser', 'No Chrome, Chromium or Edge was found: WhatsApp needs one.')
    : fail('browser', `PUPPETEER_EXECUTABLE_PATH holds ${browserExecutablePath}, which cannot be run.`);
}

/** Ranges that let in everybody are allowed, and said. */
export function checkTrustedSources({ trustedSources }: GatewayConfig): Check[] {
  return trustedSources
    .filter(({ prefixLength }) => prefixLength === 0)
    .map(({ address, customerId }) =>
      warn(
        'trusted sources',
        `${address}/0 lets every machine speak for ${customerId === '*' ? 'every tenant' : customerId} without a key.`,
      ),
    );
}
