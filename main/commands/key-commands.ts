import type { Command } from 'commander';
import { formatTable, printResult } from './command-output';
import { requireTenant, withInstallation } from './open-installation';

interface JsonOption {
  readonly json?: boolean;
}

export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('the API keys of a tenant');

  key
    .command('create')
    .description('creates a key and prints it once')
    .argument('<customer-id>')
    .option('--name <name>', 'what the key is for')
    .option('--json', 'prints one JSON object')
    .action(createKey);

  key
    .command('list')
    .description('prints the keys, without what cannot be shown again')
    .argument('<customer-id>')
    .option('--json', 'prints one JSON object')
    .action(listKeys);

  key
    .command('revoke')
    .description('revokes a key immediately')
    .argument('<customer-id>')
    .argument('<key>', 'its id, or its first 12 characters')
    .option('--json', 'prints one JSON object')
    .action(revokeKey);
}

async function createKey(
  customerId: string,
  options: JsonOption & { readonly name?: string },
): Promise<void> {
  await withInstallation(async ({ registry, apiKeys, audit }) => {
    await requireTenant(registry, customerId);
    const name = options.name ?? '';
    const created = await apiKeys.create(customerId, name);
    await audit('key.created', customerId, { prefix: created.prefix, name });
    printResult(
      options.json,
      { customer_id: customerId, id: created.id, name, prefix: created.prefix, api_key: created.key },
      [`API key ${created.id} of ${customerId}:  ${created.key}  (shown this once)`],
    );
  });
}

async function listKeys(customerId: string, options: JsonOption): Promise<void> {
  await withInstallation(async ({ registry, apiKeys }) => {
    await requireTenant(registry, customerId);
    const keys = await apiKeys.list(customerId);
    const json = keys.map((key) => ({
      id: key.id,
      name: key.name,
      prefix: key.prefix,
      created_at: key.createdAt.toISOString(),
      last_used_at: key.lastUsedAt?.toISOString() ?? null,
      revoked_at: key.revokedAt?.toISOString() ?? null,
    }));
    const rows = json.map((key) => [
      String(key.id),
      `${key.prefix}…`,
      key.name,
      key.created_at,
      key.last_used_at ?? 'never',
      key.revoked_at === null ? 'valid' : `revoked ${key.revoked_at}`,
    ]);
    const lines =
      rows.length === 0
        ? [`${customerId} has no keys.`]
        : formatTable(['ID', 'KEY', 'NAME', 'CREATED', 'LAST USED', 'STATE'], rows);
    printResult(options.json, { customer_id: customerId, keys: json }, lines);
  });
}

async function revokeKey(customerId: string, idOrPrefix: string, options: JsonOption): Promise<void> {
  await withInstallation(async ({ registry, apiKeys, audit }) => {
    await requireTenant(registry, customerId);
    const key = await apiKeys.revoke(customerId, idOrPrefix);
    await audit('key.revoked', customerId, { prefix: key.prefix, name: key.name });
    printResult(
      options.json,
      {
        customer_id: customerId,
        id: key.id,
        prefix: key.prefix,
        revoked_at: key.revokedAt?.toISOString() ?? null,
      },
      [`Key ${key.id} (${key.prefix}…) of ${customerId} is revoked.`],
    );
  });
}
