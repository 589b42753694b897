import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes the keys that updates of the desktop app are signed with: once, by whoever publishes it.
 * `node scripts/make-update-keys.mjs /safe/place/update-key.pem`; the private key never belongs into this folder.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const [given] = process.argv.slice(2);
if (given === undefined) fail('Say where the private key goes, outside of this folder: PATH/update-key.pem');
const path = resolve(given);
mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
const below = relative(realpathSync(root), realpathSync(dirname(path)));
if (!below.startsWith('..') && !isAbsolute(below)) fail('The private key must not lie in this folder.');
if (existsSync(path)) fail(`There is a file ${path} already: apps that are out there know its key only.`);

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
const carried = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
process.stdout.write(
  `The private key is in ${path}: keep it where only you get at it, and a copy elsewhere.\n` +
    `Put this into electron-builder.yml, below extraMetadata, before you build:\n\n  updateKey: ${carried}\n\n`,
);

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
