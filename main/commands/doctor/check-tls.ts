import type { GatewayConfig } from '../../gateway/config/config';
import { errorText } from '../../gateway/errors';
import { loadTlsCertificate } from '../../gateway/secrets/tls-certificate';
import { fail, ok, warn, type Check } from './check';

const soonMs = 14 * 86_400_000;

/** Which certificate clients see, and what they pin. Nothing without TLS. */
export async function checkTls(config: Pick<GatewayConfig, 'tls' | 'dataDir'>): Promise<Check[]> {
  if (config.tls === undefined) return [];
  try {
    const certificate = await loadTlsCertificate(config, false);
    if (!certificate) return [ok('tls', 'A certificate is made at the first start.')];
    const { fingerprint, publicKeyPin, validTo } = certificate;
    const described = `SHA-256 fingerprint ${fingerprint}; public key pin sha256//${publicKeyPin}`;
    const leftMs = validTo.getTime() - Date.now();
    if (leftMs < 0) return [fail('tls', `The certificate ran out on ${validTo.toISOString()}.`)];
    return [
      leftMs < soonMs
        ? warn('tls', `The certificate runs out on ${validTo.toISOString()}. ${described}`)
        : ok('tls', described),
    ];
  } catch (thrown) {
    return [fail('tls', errorText(thrown))];
  }
}
