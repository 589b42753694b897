import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP, isIPv4, SocketAddress } from 'node:net';

/** Of ASN.1 in DER (X.690), as little as a certificate (RFC 5280) that signs itself needs. */
function encode(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const sequence = (...parts: readonly Buffer[]) => encode(0x30, ...parts);
const bitString = (content: Buffer) => encode(0x03, Buffer.from([0]), content);
const octets = (content: Buffer) => encode(0x04, content);
/** Object identifiers by their bytes: there are five. */
const identifier = (hex: string) => encode(0x06, Buffer.from(hex, 'hex'));
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
const commonName = identifier('550403');
const subjectAltName = identifier('551d11');
const basicConstraints = identifier('551d13');
const extendedKeyUsage = identifier('551d25');
const serverAuthentication = identifier('2b06010505070301');
const critical = encode(0x01, Buffer.from([0xff]));

/** GeneralizedTime, which years from 2050 on need, and which is allowed before only by lenient readers: UTCTime. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? encode(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : encode(0x18, Buffer.from(`${digits}Z`));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const { address: plain } = new SocketAddress({ address, family: 'ipv6' });
  const [left = '', right = ''] = plain.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - words(left).length - words(right).length;
  const all = [...words(left), ...Array.from({ length: missing }, () => '0'), ...words(right)];
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex');
}

/**
 * A certificate that signs itself, over a fresh P-256 key: for an office where no authority knows the gateway,
 * and its clients pin the fingerprint.
 * @param names host names and IP addresses that it is good for; the first is its common name
 */
export function makeCertificate(names: readonly string[], validDays: number): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [first = 'modular-gateway'] = names;
  const subject = sequence(encode(0x31, sequence(commonName, encode(0x0c, Buffer.from(first.slice(0, 64))))));
  const serial = randomBytes(16);
  // A positive number without leading zeros.
  serial[0] = (serial.readUInt8(0) & 0x7f) | 0x40;
  const day = 86_400_000;
  // A client's clock may be behind.
  const validity = sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + validDays * day)));
  const alternatives = names.map((name) =>
    isIP(name) === 0 ? encode(0x82, Buffer.from(name)) : encode(0x87, addressBytes(name)),
  );
  const extensions = sequence(
    sequence(basicConstraints, critical, octets(sequence())),
    sequence(extendedKeyUsage, octets(sequence(serverAuthentication))),
    sequence(subjectAltName, octets(sequence(...alternatives))),
  );
  const body = sequence(
    encode(0xa0, encode(0x02, Buffer.from([2]))),
    encode(0x02, serial),
    ecdsaWithSha256,
    subject,
    validity,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    encode(0xa3, extensions),
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const lines =
    sequence(body, ecdsaWithSha256, bitString(signature))
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
