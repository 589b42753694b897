import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatewayError } from '../../main/gateway/errors';
import { createFileSecretStore, secretKeyFile } from '../../main/gateway/secrets/secret-store';

let dataDir: string;
beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'gateway-secrets-'))));
afterEach(() => rmSync(dataDir, { recursive: true }));

function unreadable(action: () => unknown): void {
  expect(action).toThrow(GatewayError);
  expect(action).toThrow(/cannot be read with this installation's key/);
}

describe('with a key file', () => {
  test('what one process encrypted another reads, and it is not the text', () => {
    const stored = createFileSecretStore({ dataDir }).encrypt('Gehëim 🔑');
    expect(stored).toMatch(/^mgs1:[\w-]+$/);
    expect(createFileSecretStore({ dataDir }).decrypt(stored)).toBe('Gehëim 🔑');
  });

  test('the same text is never encrypted to the same', () => {
    const secrets = createFileSecretStore({ dataDir });
    expect(secrets.encrypt('x')).not.toBe(secrets.encrypt('x'));
  });

  test('the key is made at first use, for this user only', () => {
    const secrets = createFileSecretStore({ dataDir });
    expect(secrets.decrypt('plain')).toBe('plain');
    expect(existsSync(secretKeyFile(dataDir))).toBe(false);
    secrets.encrypt('x');
    expect(statSync(secretKeyFile(dataDir)).mode & 0o777).toBe(0o600);
  });

  test('a key file with loose rights is closed again', () => {
    const stored = createFileSecretStore({ dataDir }).encrypt('x');
    chmodSync(secretKeyFile(dataDir), 0o644);
    expect(createFileSecretStore({ dataDir }).decrypt(stored)).toBe('x');
    expect(statSync(secretKeyFile(dataDir)).mode & 0o777).toBe(0o600);
  });

  test('plain texts of before the gateway are returned as they are', () => {
    expect(createFileSecretStore({ dataDir }).decrypt('old password')).toBe('old password');
  });

  test('another key, a changed text and a cut text are told apart from a secret', () => {
    const stored = createFileSecretStore({ dataDir }).encrypt('a secret');
    const last = stored.at(-1) === 'A' ? 'Q' : 'A';
    unreadable(() => createFileSecretStore({ dataDir }).decrypt(stored.slice(0, -1) + last));
    unreadable(() => createFileSecretStore({ dataDir }).decrypt(stored.slice(0, 20)));
    rmSync(secretKeyFile(dataDir));
    unreadable(() => createFileSecretStore({ dataDir }).decrypt(stored));
  });

  test('a key file that holds no key is named, not replaced', () => {
    writeFileSync(secretKeyFile(dataDir), 'nonsense');
    expect(() => createFileSecretStore({ dataDir }).encrypt('x')).toThrow(/secret\.key does not hold a key/);
    expect(readFileSync(secretKeyFile(dataDir), 'utf8')).toBe('nonsense');
  });
});

describe('with GATEWAY_MASTER_KEY', () => {
  test('no key file is made, and the same master key reads it anywhere', () => {
    const stored = createFileSecretStore({ dataDir, masterKey: 'k7v2m9x4q1w8e5r3' }).encrypt('x');
    expect(existsSync(secretKeyFile(dataDir))).toBe(false);
    const elsewhere = createFileSecretStore({ dataDir: '/nowhere', masterKey: 'k7v2m9x4q1w8e5r3' });
    expect(elsewhere.decrypt(stored)).toBe('x');
    unreadable(() => createFileSecretStore({ dataDir, masterKey: 'another-key-000000' }).decrypt(stored));
  });

  test('what the key file closed before stays readable', () => {
    const stored = createFileSecretStore({ dataDir }).encrypt('x');
    expect(createFileSecretStore({ dataDir, masterKey: 'k7v2m9x4q1w8e5r3' }).decrypt(stored)).toBe('x');
  });
});
