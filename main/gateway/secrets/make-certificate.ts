import { isIP } from 'node:net';

const dayMs = 86_400_000;
/** X.520's limit for a common name */
const longestCommonName = 64;

/**
 * A certificate that signs itself, over a fresh P-256 key: for an office where no authority knows the gateway,
 * and its clients pin the fingerprint.
 * @param names host names and IP addresses that it is good for; the first is its common name
 */
export async function makeCertificate(
  names: readonly string[],
  validDays: number,
): Promise<{ key: string; cert: string }> {
  // Only here: its ASN.1 schemas are megabytes that most starts have no use for.
  const { generate } = await import('selfsigned');
  const [first = 'modular-gateway'] = names;
  const made = await generate([{ name: 'commonName', value: first.slice(0, longestCommonName) }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A client's clock may be behind.
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + validDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
      },
    ],
  });
  return { key: made.private, cert: made.cert.endsWith('\n') ? made.cert : `${made.cert}\n` };
}
