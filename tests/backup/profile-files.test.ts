import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArchiveWriter, readArchive } from '../../main/gateway/backup/archive-writer';
import {
  createProfileWriter,
  isProfileFile,
  listProfileFiles,
} from '../../main/gateway/backup/profile-files';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profile-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, content = path): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

describe("WhatsApp's logins in a backup", () => {
  it('are the copies of browsers that have closed, and nothing else of that folder', async () => {
    put('whatsapp/ACC001/snapshot/Local State');
    put('whatsapp/ACC001/snapshot/Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb/000003.log');
    put('whatsapp/ACC001/session/Default/Cookies', 'of a browser that runs');
    put('whatsapp/ACC002/snapshot-installed/Local State');
    put('whatsapp/ACC002/notes.txt');
    put('keys/secret.key');
    const entries = [];
    for await (const { name, content } of listProfileFiles(folder)) entries.push([name, content.toString()]);
    expect(entries.sort()).toEqual([
      [
        'whatsapp/ACC001/session/Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb/000003.log',
        'whatsapp/ACC001/snapshot/Default/IndexedDB/https_web.whatsapp.com_0.indexeddb.leveldb/000003.log',
      ],
      ['whatsapp/ACC001/session/Local State', 'whatsapp/ACC001/snapshot/Local State'],
      ['whatsapp/ACC002/session-installed/Local State', 'whatsapp/ACC002/snapshot-installed/Local State'],
    ]);
    expect(entries.every(([name = '']) => isProfileFile(name))).toBe(true);
  });

  it('are left out one by one where an archive cannot hold their names, and the others stay', async () => {
    const deep = `Default/${'a'.repeat(60)}/${'b'.repeat(60)}`;
    put(`whatsapp/ACC001/snapshot/${'x'.repeat(110)}`);
    put(`whatsapp/ACC001/snapshot/${deep}/fits`);
    put(`whatsapp/ACC001/snapshot/${deep}/${'c'.repeat(99)}/${'d'.repeat(99)}`);
    put('whatsapp/ACC001/snapshot/Local State');
    const file = join(folder, 'profiles.tar.gz');
    const writer = await createArchiveWriter(file);
    for await (const { name, content } of listProfileFiles(folder)) await writer.add(name, content);
    await writer.finish();
    const names = [];
    for await (const { name } of readArchive(file)) names.push(name);
    expect(names.sort()).toEqual([
      `whatsapp/ACC001/session/${deep}/fits`,
      'whatsapp/ACC001/session/Local State',
    ]);
  });

  it('are none where nobody is connected', async () => {
    for await (const entry of listProfileFiles(folder)) throw new Error(`there is ${entry.name}`);
  });

  it('are written nowhere but in their place', () => {
    for (const name of [
      'whatsapp/ACC001/session/../../../etc/passwd',
      'whatsapp/../session/x',
      'whatsapp/./session/x',
      'whatsapp//session/x',
      'whatsapp/ACC001/session',
      'whatsapp/ACC001/session/',
      'whatsapp/ACC001/other/x',
      'whatsapp/ACC001/constructor/x',
      'whatsapp/ACC001/session/a\\..\\..\\x',
      'whatsapp/ACC001/session/C:',
      'whatsapp/ACC001/session/x:stream',
      'whatsapp/ACC001/session/NUL',
      'whatsapp/ACC001/session/com1.txt',
      'whatsapp/ACC001/session/x.',
      'whatsapp/ACC001/session/x\u0000',
      `whatsapp/ACC001/session/${'x'.repeat(121)}`,
      '/whatsapp/ACC001/session/x',
      'secrets/ACC001/session/x',
    ]) {
      expect(isProfileFile(name), name).toBe(false);
    }
  });

  it('appear whole, at the end, and never in the place of one that is there', async () => {
    put('whatsapp/ACC002/session/Local State', 'the one of this machine');
    const writer = createProfileWriter(folder);
    for (const customer of ['ACC001', 'ACC002']) {
      await writer.add({
        name: `whatsapp/${customer}/session/Default/Local State`,
        content: Buffer.from('of the backup'),
      });
    }
    expect(existsSync(join(folder, 'whatsapp/ACC001/session'))).toBe(false);
    expect(await writer.finish()).toEqual({ restored: 1, kept: 1 });
    expect(readFileSync(join(folder, 'whatsapp/ACC001/session/Default/Local State'), 'utf8')).toBe(
      'of the backup',
    );
    expect(readFileSync(join(folder, 'whatsapp/ACC002/session/Local State'), 'utf8')).toBe(
      'the one of this machine',
    );
    expect(readdirSync(join(folder, 'whatsapp/ACC002'))).toEqual(['session']);
  });

  it('leave nothing behind when they are given up', async () => {
    const writer = createProfileWriter(folder);
    await writer.add({ name: 'whatsapp/ACC001/session/x', content: Buffer.from('x') });
    await writer.abort();
    expect(readdirSync(join(folder, 'whatsapp/ACC001'))).toEqual([]);
  });
});
