import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes php/modular-gateway.php, the client as one file, of the classes in php/src. Exceptions come first: PHP declares
 * a class that extends another one only once it has seen that one.
 * Run `node scripts/bundle-php-client.mjs`; `--print` writes it to stdout instead.
 */
const folder = join(fileURLToPath(new URL('..', import.meta.url)), 'php');
const head = `<?php

declare(strict_types=1);

namespace ModularGateway;
`;

function readClass(file) {
  const text = readFileSync(join(folder, 'src', file), 'utf8').replaceAll('\r\n', '\n');
  if (!text.startsWith(head)) throw new Error(`php/src/${file} does not begin as the others do`);
  return text.slice(head.length).trim();
}

const order = (file) => (file === 'GatewayException.php' ? 0 : file.endsWith('Exception.php') ? 1 : 2);
const files = readdirSync(join(folder, 'src'))
  .filter((file) => file.endsWith('.php'))
  .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
const bundle = `<?php

/**
 * The client of Modular Gateway in one file: PHP 7.4 or newer, no composer, no other packages.
 * MIT licence. Made of php/src by scripts/bundle-php-client.mjs: change it there.
 *
 *     require __DIR__ . '/modular-gateway.php';
 *     $gateway = new ModularGateway\\Client(['url' => …, 'api_key' => …, 'customer_id' => …]);
 */

declare(strict_types=1);

namespace ModularGateway;

${files.map(readClass).join('\n\n')}
`;

if (process.argv.includes('--print')) process.stdout.write(bundle);
else writeFileSync(join(folder, 'modular-gateway.php'), bundle);
