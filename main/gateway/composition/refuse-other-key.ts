import type { GatewayConfig } from '../config/config';
import { GatewayError } from '../errors';
import type { SecretStore } from '../secrets/secret-store';
import type { Database } from '../storage/database';
import { readGatewaySetting, writeGatewaySetting } from '../storage/gateway-settings-store';
import { countLivingGateways } from '../storage/server-watch';

const name = 'master_key_check';
const text = 'modular-gateway';

/**
 * Gateways beside each other read the same secrets. One with another GATEWAY_MASTER_KEY would find every tenant's
 * database closed, and store secrets that the others cannot read. A gateway that is alone may have a new key.
 * @throws GatewayError `other_master_key`
 */
export async function refuseOtherKey(
  config: Pick<GatewayConfig, 'masterKey' | 'database'>,
  system: Database,
  secrets: SecretStore,
): Promise<void> {
  if (config.database.kind === 'embedded') return;
  const stored = await readGatewaySetting(system, name);
  if (typeof stored === 'string' && isReadable(stored, secrets)) return;
  if (stored !== undefined && stored !== null && (await countLivingGateways(system)) > 0) {
    throw new GatewayError(
      'other_master_key',
      'Another gateway runs on this system database with another GATEWAY_MASTER_KEY: give this one the same.',
      409,
    );
  }
  await writeGatewaySetting(system, name, secrets.encrypt(text));
}

function isReadable(stored: string, secrets: SecretStore): boolean {
  try {
    return secrets.decrypt(stored) === text;
  } catch {
    return false;
  }
}
