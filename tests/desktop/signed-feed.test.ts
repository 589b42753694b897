import { execFile } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSafeUpdateAddress, readSignedFeed, readUpdateKey } from '../../main/desktop/signed-feed';
import { checkVariable } from '../../main/gateway/config/config';

const run = promisify(execFile);
const description = 'version: 9.9.9\nfiles:\n  - url: gateway.exe\n    sha512: abc\npath: gateway.exe\n';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const carried = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const good = sign(null, Buffer.from(description), privateKey).toString('base64');

describe('a feed', () => {
  let server: Server;
  let files: Record<string, string>;
  const asked: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      asked.push(path);
      const content = files[path];
      response.statusCode = content === undefined ? 404 : 200;
      response.end(content);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const read = (signature: string | undefined, text = description, key = carried) => {
    files = { '/latest.yml': text, ...(signature === undefined ? {} : { '/latest.yml.sig': signature }) };
    asked.length = 0;
    const address = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/latest.yml`);
    return readSignedFeed(address, readUpdateKey(key), async (each) => (await fetch(each)).text());
  };

  test('that is signed by the key of the app is read', async () => {
    expect(await read(good)).toBe(description);
    expect(await read(`${good}\n`)).toBe(description);
  });

  test.each([
    ['without a signature', undefined],
    ['with an empty one', ''],
    ['with half of one', good.slice(0, 40)],
    ['with that of another text', sign(null, Buffer.from('version: 1'), privateKey).toString('base64')],
    [
      'signed by another key',
      sign(null, Buffer.from(description), generateKeyPairSync('ed25519').privateKey).toString('base64'),
    ],
    ['with zeros', Buffer.alloc(64).toString('base64')],
  ])('%s is refused, and nothing else is asked for', async (_what, signature) => {
    await expect(read(signature)).rejects.toThrow(/not signed by who made this app/);
    expect(asked).toEqual(['/latest.yml', '/latest.yml.sig']);
  });

  test.each([
    description.replace('abc', 'abd'),
    `${description} `,
    description.replace('9.9.9', '9.9.8'),
    '',
  ])('that was changed after it was signed is refused', async (text) => {
    await expect(read(good, text)).rejects.toThrow(/not signed/);
  });

  test('is not even asked without a key in the app, or with another sort of key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
    const other = rsa.export({ type: 'spki', format: 'der' }).toString('base64');
    for (const key of ['', undefined, 7, 'nonsense', other]) {
      expect(() => readUpdateKey(key)).toThrow(/takes none/);
    }
  });

  test.each([
    'http://updates.example.com/',
    'http://10.0.0.5/',
    'http://127.0.0.1.evil.example/',
    'ftp://x/',
  ])('at %s is refused before anything leaves, also as a setting', async (address) => {
    expect(isSafeUpdateAddress(new URL(address))).toBe(false);
    const asking = readSignedFeed(new URL('latest.yml', address), publicKey, () => {
      throw new Error('it was asked');
    });
    await expect(asking).rejects.toThrow(/https only/);
    expect(checkVariable('GATEWAY_UPDATE_URL', address)).toMatch(/GATEWAY_UPDATE_URL holds/);
  });

  test('over https, or on this machine, may be named', () => {
    for (const address of ['https://updates.example.com/x', 'http://127.0.0.1:8080/', 'http://localhost/']) {
      expect(checkVariable('GATEWAY_UPDATE_URL', address)).toBeUndefined();
    }
  });
});

test('the scripts make keys outside the tree, sign, and what they sign is believed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-update-keys-'));
  try {
    const keyFile = join(folder, 'keys', 'update-key.pem');
    const made = await run(process.execPath, ['scripts/make-update-keys.mjs', keyFile]);
    const key = /updateKey: (\S+)/.exec(made.stdout)?.[1];
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    await expect(run(process.execPath, ['scripts/make-update-keys.mjs', keyFile])).rejects.toThrow(/already/);
    await expect(
      run(process.execPath, ['scripts/make-update-keys.mjs', resolve('scripts', 'key.pem')]),
    ).rejects.toThrow(/must not lie in this folder/);
    await writeFile(join(folder, 'latest-linux.yml'), description);
    await run(process.execPath, ['scripts/sign-update.mjs', keyFile, folder]);
    const request = (address: URL) => readFile(join(folder, address.pathname.slice(1)), 'utf8');
    const address = new URL('https://updates.example.com/latest-linux.yml');
    expect(await readSignedFeed(address, readUpdateKey(key), request)).toBe(description);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
