import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Signs what `npm run dist` made: `node scripts/sign-update.mjs /safe/place/update-key.pem [dist-packages]` puts a
 * `.sig` beside each `latest*.yml`. Both go to the update server with the packages.
 */
const [keyFile, folder = 'dist-packages'] = process.argv.slice(2);
if (keyFile === undefined) fail('Say where the private key is: PATH/update-key.pem [FOLDER]');
const key = createPrivateKey(readFileSync(keyFile));
if (key.asymmetricKeyType !== 'ed25519') fail(`${keyFile} is no key of make-update-keys.mjs.`);
const files = readdirSync(folder).filter((name) => /^latest.*\.yml$/.test(name));
if (files.length === 0) fail(`There is no latest*.yml in ${folder}: make the packages first (npm run dist).`);
for (const file of files) {
  const signature = sign(null, readFileSync(join(folder, file)), key).toString('base64');
  writeFileSync(join(folder, `${file}.sig`), `${signature}\n`);
  process.stdout.write(`signed ${file}\n`);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}
