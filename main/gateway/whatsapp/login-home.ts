import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../errors';

/**
 * What the folder with the WhatsApp logins is known by: kept in it, so that it stays the same wherever the folder is
 * moved or mounted, and is the same for all gateways that share it.
 * @throws what the disk says
 */
export function readLoginHome(dataDir: string): string {
  const folder = join(dataDir, 'whatsapp');
  const file = join(folder, 'home-id');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, `${randomUUID()}\n`, { flag: 'wx', mode: 0o600 });
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown;
  }
  return readFileSync(file, 'utf8').trim();
}
