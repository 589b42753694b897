import type { CheckResult, settingsCalls } from '../../contracts/console/settings-calls';
import { checkVariable, findValue, isSavable } from '../config/config';
import { parseDatabaseHosts, parseDatabasePorts } from '../config/config-values';
import { pairServers } from '../config/read-groups';
import { errorText } from '../errors';
import { checkPort } from './check-port';
import { toGatewayUrl, writeCodeSamples } from './code-samples';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { findTenant } from './describe-tenant';
import { buildGatewayUrl } from './network-addresses';
import { writeGatewayName, writeSetupDone } from './setup-state';

type SetupCalls = Extract<keyof typeof settingsCalls, `setup.${string}`>;

/** The first steps: each thing that is to be set up is tried before it is saved. */
export function createSetupHandlers(parts: ConsoleParts): ConsoleHandlers<SetupCalls> {
  const { config, audit, gatewaySettings } = parts;

  /** A password that is not typed again is the one that is saved, or in force. */
  function passwordOf(given: string | undefined, name: 'DB_PASSWORD' | 'SYSTEM_SMTP_PASS'): string {
    if (given !== undefined) return given;
    const saved = parts.savedSettings.read().values;
    return findValue({ ...config.layers, saved }, name).value ?? '';
  }

  function isKnownAccount(account: { readonly host: string; readonly port: number }): boolean {
    const next = { ...config.layers, saved: parts.savedSettings.read().values };
    return (
      findValue(next, 'SYSTEM_SMTP_HOST').value?.trim() === account.host.trim() &&
      Number(findValue(next, 'SYSTEM_SMTP_PORT').value ?? 587) === account.port
    );
  }

  return {
    async 'setup.rename'({ name }, caller) {
      await writeGatewayName(gatewaySettings, name.trim());
      await audit.record({
        actor: caller.actor,
        action: 'gateway.renamed',
        customerId: null,
        detail: { name: name.trim() },
      });
      return {};
    },
    'setup.checkPort': ({ port }) => checkPort(config.host, port, parts.port()),
    'setup.checkDatabase'({ password, host, port, ...account }) {
      // It would try any server with the password that is kept.
      if (!isSavable('DB_HOST', config.layers.place)) {
        return Promise.resolve(refuse('The database of this gateway can only be set in the environment.'));
      }
      const problem = checkVariable('DB_HOST', host) ?? checkVariable('DB_PORT', port);
      if (problem !== undefined) return Promise.resolve(refuse(problem));
      try {
        const [server, ...standbys] = pairServers(parseDatabaseHosts(host), parseDatabasePorts(port));
        if (!server) return Promise.resolve(refuse('Name the server.'));
        return parts.checkDatabaseServer({
          ...server,
          standbys,
          ...account,
          password: passwordOf(password, 'DB_PASSWORD'),
        });
      } catch (thrown) {
        return Promise.resolve(refuse(errorText(thrown)));
      }
    },
    async 'setup.sendTestMail'({ account, to }, caller) {
      const password = passwordOf(account.password, 'SYSTEM_SMTP_PASS');
      const isKept = account.password === undefined && password !== '';
      if (isKept && parts.entryPoint.kind === 'headless' && !isKnownAccount(account)) {
        return refuse(
          'Type the password again: the one that is kept only goes to the server it was kept for.',
        );
      }
      const result = await parts.sendTestMail({ ...account, password }, to);
      await audit.record({
        actor: caller.actor,
        action: 'test_mail.sent',
        customerId: null,
        detail: { host: account.host, to, ok: result.ok },
      });
      return result;
    },
    async 'setup.snippets'({ customerId, apiKey, address }) {
      await findTenant(parts, customerId);
      const { tls } = parts;
      const port = parts.port();
      return writeCodeSamples({
        url:
          address === undefined || address.trim() === ''
            ? buildGatewayUrl({ host: config.host, port, tls: tls !== null })
            : toGatewayUrl(address, port, tls !== null),
        apiKey,
        publicKeyPin: tls?.kind === 'self' ? tls.publicKeyPin : undefined,
      });
    },
    async 'setup.contact'({ customerId }) {
      await findTenant(parts, customerId);
      const contact = parts.contacts.last(customerId);
      if (contact) return { at: contact.at.toISOString(), address: contact.address };
      // Of an earlier run only the use of keys is known.
      const uses = (await parts.keys.list(customerId))
        .map((key) => key.lastUsedAt?.getTime() ?? 0)
        .filter((atMs) => atMs > 0);
      return { at: uses.length === 0 ? null : new Date(Math.max(...uses)).toISOString(), address: null };
    },
    async 'setup.finish'(_input, caller) {
      await writeSetupDone(gatewaySettings);
      await audit.record({ actor: caller.actor, action: 'gateway.setup_finished', customerId: null });
      return {};
    },
  };
}

function refuse(message: string): CheckResult {
  return { ok: false, message, detail: null };
}
