import { randomBytes } from 'node:crypto';
import type { GatewayConfig } from '../config/config';
import type { SecretStore } from '../secrets/secret-store';
import type { Database } from '../storage/database';
import { keepGatewaySetting } from '../storage/gateway-settings-store';

/** The secret of the environment, or the one made at the first start and kept encrypted. */
export async function loadJwtSecret(
  config: Pick<GatewayConfig, 'jwtSecret'>,
  system: Database,
  secrets: SecretStore,
): Promise<string> {
  if (config.jwtSecret !== undefined) return config.jwtSecret;
  const kept = await keepGatewaySetting(
    system,
    'jwt_secret',
    secrets.encrypt(randomBytes(48).toString('base64url')),
  );
  if (typeof kept !== 'string') throw new Error('the stored token secret is not a text');
  return secrets.decrypt(kept);
}
