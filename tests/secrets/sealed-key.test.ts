import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFileSecretStore, type KeySeal } from '../../main/gateway/secrets/secret-store';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sealed-key-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Stands in for a keyring: what it closed it opens, and nobody else's. */
const keyring = (name: string): KeySeal => ({
  close: (key) => Buffer.from(`${name}:${key}`).toString('base64'),
  open(sealed) {
    const [by, key] = Buffer.from(sealed, 'base64').toString().split(':');
    if (by !== name || key === undefined) throw new Error('closed by somebody else');
    return key;
  },
});
const keyFile = () => readFile(join(dataDir, 'secret.key'), 'utf8');

test('a key that is made under a keyring stands closed in its file, and opens again', async () => {
  const sealed = createFileSecretStore({ dataDir, seal: keyring('ann') });
  const stored = sealed.encrypt('a password');
  expect(await keyFile()).toMatch(/^sealed:/);
  expect(createFileSecretStore({ dataDir, seal: keyring('ann') }).decrypt(stored)).toBe('a password');
});

test('a plain key of before is closed at its first use, and what it closed stays readable', async () => {
  const stored = createFileSecretStore({ dataDir }).encrypt('a password');
  const plain = await keyFile();
  const sealed = createFileSecretStore({ dataDir, seal: keyring('ann') });
  expect(sealed.decrypt(stored)).toBe('a password');
  expect(await keyFile()).toMatch(/^sealed:/);
  // A backup takes along what opens elsewhere.
  expect(sealed.exportKey?.()?.toString()).toBe(plain);
  await writeFile(join(dataDir, 'secret.key'), sealed.exportKey!()!);
  expect(createFileSecretStore({ dataDir }).decrypt(stored)).toBe('a password');
});

test.each([undefined, keyring('ben')])('another keyring, or none, says so in words', (seal) => {
  const stored = createFileSecretStore({ dataDir, seal: keyring('ann') }).encrypt('a password');
  expect(() => createFileSecretStore({ dataDir, seal }).decrypt(stored)).toThrow(
    expect.objectContaining({ code: 'secret_key_sealed' }) as Error,
  );
});
