import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** What an update server says cannot be believed. The message is a sentence for people. */
class UpdateRefused extends Error {
  override readonly name = 'UpdateRefused';
}

/** Ed25519: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.6 */
const signatureBytes = 64;

/**
 * @param text the public key of updates as `scripts/make-update-keys.mjs` prints it: base64 of its SPKI form
 * @throws UpdateRefused where the app carries none, or something else
 */
export function readUpdateKey(text: unknown): KeyObject {
  if (typeof text !== 'string' || text === '') {
    throw new UpdateRefused('This app carries no key to check updates with, so it takes none.');
  }
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below.
  }
  throw new UpdateRefused('The key that this app carries for updates is broken, so it takes none.');
}

/**
 * The description of an update (`latest*.yml`), once its signature (`latest*.yml.sig` beside it) is found to be good.
 * The files that it names are checked against the SHA-512 in it when they have been downloaded.
 * @param request fetches a text
 * @throws UpdateRefused, or what `request` throws
 */
export async function readSignedFeed(
  address: URL,
  key: KeyObject,
  request: (address: URL) => Promise<string | null>,
): Promise<string> {
  refusePlainAddress(address);
  const description = (await request(address)) ?? '';
  const beside = new URL(address);
  beside.pathname += '.sig';
  const signature = Buffer.from(((await request(beside)) ?? '').trim(), 'base64');
  const isGood =
    signature.length === signatureBytes && verify(null, Buffer.from(description, 'utf8'), key, signature);
  if (isGood) return description;
  throw new UpdateRefused('The update is not signed by who made this app: nothing was downloaded.');
}

/** @throws UpdateRefused for anything but https, this machine apart */
export function refusePlainAddress(address: URL): void {
  if (isSafeUpdateAddress(address)) return;
  throw new UpdateRefused(`Updates are taken over https only, not from ${address.origin}.`);
}

export function isSafeUpdateAddress({ protocol, hostname }: URL): boolean {
  const isThisMachine = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isThisMachine);
}
