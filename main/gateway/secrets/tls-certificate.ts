import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, errorCode, errorText } from '../errors';
import { renamePatientlySync } from '../system/patient-rename';
import { makeCertificate } from './make-certificate';

/** https: with the operator's files, or with a certificate of the gateway's own, kept in the data folder */
export type TlsSource =
  { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string } | { readonly kind: 'self' };

export interface TlsCertificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, `AB:CD:…`, as browsers and openssl show it */
  readonly fingerprint: string;
  /** base64 of the SHA-256 of its public key, as `CURLOPT_PINNEDPUBLICKEY` wants it behind `sha256//` */
  readonly publicKeyPin: string;
  readonly validTo: Date;
  readonly selfMade: boolean;
}

/** What everybody may know of it. */
export function describeCertificate({ selfMade, fingerprint, publicKeyPin }: TlsCertificate) {
  return { kind: selfMade ? 'self' : 'files', fingerprint, publicKeyPin } as const;
}

/** Clients pin it, so that it is not renewed before it must be. */
const selfMadeDays = 3650;

/**
 * The certificate that the configuration asks for; with TLS=self one is made at the first start and kept in the
 * data folder. Undefined: no TLS.
 * @param make off: looks only, and is undefined as long as none was made
 * @throws ConfigurationError that names the variable
 */
export async function loadTlsCertificate(
  { tls, dataDir }: { readonly tls?: TlsSource; readonly dataDir: string },
  make = true,
): Promise<TlsCertificate | undefined> {
  if (tls === undefined) return undefined;
  if (tls.kind === 'files') {
    return describe(
      readText('TLS_CERT_FILE', tls.certFile),
      readText('TLS_KEY_FILE', tls.keyFile),
      'TLS_CERT_FILE and TLS_KEY_FILE',
      false,
    );
  }
  const folder = join(dataDir, 'tls');
  const kept = readKept(folder) ?? (make ? await makeAndKeep(folder) : undefined);
  return kept && describe(kept.cert, kept.key, `the certificate in ${folder}`, true);
}

function readText(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new ConfigurationError(`${variable} holds ${path}, which cannot be read: ${errorText(thrown)}.`);
  }
}

function describe(cert: string, key: string, what: string, selfMade: boolean): TlsCertificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is another one');
  } catch (thrown) {
    throw new ConfigurationError(`${what} cannot be used for TLS: ${errorText(thrown)}.`);
  }
  const publicKey = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return {
    cert,
    key,
    fingerprint: certificate.fingerprint256,
    publicKeyPin: createHash('sha256').update(publicKey).digest('base64'),
    validTo: new Date(certificate.validTo),
    selfMade,
  };
}

function readKept(folder: string): { cert: string; key: string } | undefined {
  try {
    const both = readFileSync(join(folder, 'gateway.pem'), 'utf8');
    const start = both.indexOf('-----BEGIN CERTIFICATE-----');
    return { key: both.slice(0, start), cert: both.slice(start) };
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw new ConfigurationError(`The certificate in ${folder} cannot be read: ${errorText(thrown)}.`);
  }
}

/** Key and certificate in one file: it is there whole or not at all. */
async function makeAndKeep(folder: string): Promise<{ cert: string; key: string }> {
  const made = await makeCertificate(ownNames(), selfMadeDays);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `gateway.pem.${process.pid}`);
  writeFileSync(draft, made.key + made.cert, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renamePatientlySync(draft, join(folder, 'gateway.pem'));
  return made;
}

/** What this machine is called in its network, as far as it knows. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map(({ address }) => address)
    // fe80::… is good on one link only, and carries its name.
    .filter((address) => !/^fe80:|%/i.test(address));
  const host = hostname().replace(/[^A-Za-z0-9.-]/g, '');
  return [...new Set([...(host === '' ? [] : [host]), 'localhost', '127.0.0.1', ...addresses])].slice(0, 50);
}
