import { ChannelError } from '../../gateway/channels/channel';
import { bounceAccountOf } from '../../gateway/channels/email/bounce-account';
import { chooseSmtpAccount } from '../../gateway/channels/email/smtp-account';
import { errorText } from '../../gateway/errors';
import { describeUntakable } from '../../gateway/events/describe-untakable';
import { createEventStore } from '../../gateway/storage/event-store';
import { openTenantDatabase } from '../../gateway/storage/tenant-database';
import type { SettingProblem } from '../../gateway/tenants/check-settings';
import type { Tenant } from '../../gateway/tenants/tenant-registry';
import { readSettings } from '../../gateway/tenants/tenant-settings';
import type { Installation } from '../open-installation';
import { fail, ok, warn, type Check } from './check';
import { checkBounceMailbox, checkMailAccount } from './check-mail';

type Parts = Pick<Installation, 'secrets' | 'logger' | 'config' | 'registry'>;

/** Each tenant's database, settings and own mail account. */
export async function checkTenants(installation: Parts): Promise<Check[]> {
  const tenants = await installation.registry.list();
  if (tenants.length === 0)
    return [warn('tenants', 'There are none yet: modular-gateway tenant add CUSTOMER_ID.')];
  const checks: Check[] = [];
  for (const tenant of tenants) checks.push(...(await checkTenant(tenant, installation)));
  return checks;
}

async function checkTenant(tenant: Tenant, { secrets, logger, config, registry }: Parts): Promise<Check[]> {
  const { customerId } = tenant;
  const name = `tenant ${customerId}`;
  if (tenant.databaseProblem !== undefined) return [fail(name, tenant.databaseProblem)];
  try {
    const database = await openTenantDatabase({ url: tenant.databaseUrl, customerId, logger });
    try {
      const problems: SettingProblem[] = [];
      const operator = await registry.operatorSettings.read(customerId, database);
      const settings = await readSettings(database, customerId, secrets, operator, (problem) =>
        problems.push(problem),
      );
      const leftAlone = await createEventStore(database.db, customerId).countLeftPending();
      const checks = [
        ok(name, `Its database answers and is up to date${tenant.paused ? '; the tenant is paused' : ''}.`),
        ...problems.map(({ setting, message, isSecret }) =>
          isSecret ? fail(name, `${setting}: ${message}`) : warn(name, `Its setting ${setting} ${message}.`),
        ),
      ];
      for (const rows of await createEventStore(database.db, customerId).findUntakable()) {
        checks.push(warn(name, describeUntakable(rows, customerId)));
      }
      if (leftAlone > 0) {
        checks.push(ok(name, `${leftAlone} old events that waited before the gateway came are left alone.`));
      }
      if (!settings.email_enabled) return checks;
      const mailbox = bounceAccountOf(settings);
      if (mailbox) checks.push(await checkBounceMailbox(`${name} bounces`, mailbox));
      if (!settings.use_customer_smtp) {
        if (config.systemSmtp === null) {
          checks.push(
            warn(name, 'Email is on, but there is neither an own mail account nor SYSTEM_SMTP_HOST.'),
          );
        }
        return checks;
      }
      const account = chooseSmtpAccount({ customerId, name: tenant.name, settings }, null);
      return [...checks, await checkMailAccount(`${name} mail`, account)];
    } finally {
      await database.stop();
    }
  } catch (thrown) {
    return [fail(thrown instanceof ChannelError ? `${name} mail` : name, errorText(thrown))];
  }
}
