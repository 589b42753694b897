import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const known = readId(file);
  if (known !== undefined) return known;
  // Whole or not at all: another gateway may make it in the same moment, or the disk be full.
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${randomUUID()}\n`, { mode: 0o600 });
    publish(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readId(file);
  if (made === undefined) throw new Error(`${file} holds nothing`);
  return made;
}

function readId(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? undefined : text;
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

function publish(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (thrown) {
    const isThere = errorCode(thrown) === 'EEXIST';
    if (isThere && readId(file) !== undefined) return;
    // A file system without links, or a file without content.
    writeFileSync(file, readFileSync(draft), { mode: 0o600 });
  }
}
