import { createSign, generateKeyPairSync } from 'node:crypto';

/** DER: tag, length, content. */
function encode(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length =
    content.length < 0x80
      ? Buffer.from([content.length])
      : content.length < 0x100
        ? Buffer.from([0x81, content.length])
        : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

const sequence = (...parts: readonly Buffer[]) => encode(0x30, ...parts);
const set = (...parts: readonly Buffer[]) => encode(0x31, ...parts);
const bitString = (content: Buffer) => encode(0x03, Buffer.from([0]), content);
/** Object identifiers as their DER bytes: writing the encoder would be longer than the three of them. */
const ecdsaWithSha256 = sequence(encode(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
const commonName = encode(0x06, Buffer.from('550403', 'hex'));
const subjectAltName = encode(0x06, Buffer.from('551d11', 'hex'));

/**
 * A self-signed certificate for `host`, made without OpenSSL's command line: Node has no call for it,
 * and a machine that only has Node must be able to run the simulator.
 */
export function makeCertificate(host: string): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(commonName, encode(0x0c, Buffer.from(host)))));
  const utcTime = (date: Date) =>
    encode(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
  const day = 86_400_000;
  const validity = sequence(utcTime(new Date(Date.now() - day)), utcTime(new Date(Date.now() + 30 * day)));
  const alternativeNames = sequence(encode(0x82, Buffer.from(host)));
  const extensions = encode(0xa3, sequence(sequence(subjectAltName, encode(0x04, alternativeNames))));
  const toBeSigned = sequence(
    encode(0xa0, encode(0x02, Buffer.from([2]))),
    encode(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  );
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bitString(signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
