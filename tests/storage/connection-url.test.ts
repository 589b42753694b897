import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  checkConnectionUrl,
  readParameters,
  searchPathOf,
  withTlsDecided,
} from '../../main/gateway/storage/connection-url';

const plain = 'postgres://user:word@db.example.com:5433/shop';
const address = (parameters: string) => `${plain}?${parameters}`;

let folder: string;
let authority: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'connection-url-'));
  authority = join(folder, 'root.pem');
  writeFileSync(authority, 'the authority');
  writeFileSync(join(folder, 'client.pem'), 'the certificate');
  writeFileSync(join(folder, 'client.key'), 'the key');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('options', () => {
  test.each([
    ['options=-c%20search_path%3Derp', '-c search_path=erp', ['erp']],
    ['options=-csearch_path%3Derp', '-csearch_path=erp', ['erp']],
    ['options=--search_path%3Derp,public', '--search_path=erp,public', ['erp', 'public']],
    ['options=--search-path%3Derp', '--search-path=erp', ['erp']],
    ['options=-c+search_path%3Derp%2C%5C+public', '-c search_path=erp,\\ public', ['erp', 'public']],
    ['options=-c%20search_path%3Da%20-c%20search_path%3Db', '-c search_path=a -c search_path=b', ['b']],
    ['options=-c%20geqo%3Doff%20-c%20search_path%3D%22erp%22', '-c geqo=off -c search_path="erp"', ['"erp"']],
    ['options=-c%20geqo%3Doff', '-c geqo=off', undefined],
    ['sslmode=disable', '', undefined],
    ['options=-c%20my.search_path_of%3Dx', '-c my.search_path_of=x', undefined],
  ])('%s', (parameters, options, schemas) => {
    const url = address(parameters);
    expect(() => checkConnectionUrl(url)).not.toThrow();
    expect(readParameters(url).options).toBe(options);
    expect(searchPathOf(url)).toEqual(schemas);
  });

  test.each(['Erp', '"Erp"', 'my-schema', 'erp;drop', '1st', 'schéma'])(
    'a schema whose name needs quotes is refused: %s',
    (schema) => {
      const url = address(`options=${encodeURIComponent(`-c search_path=${schema}`)}`);
      expect(() => checkConnectionUrl(url)).toThrow(
        expect.objectContaining({
          code: 'invalid_database_url',
          message: expect.stringContaining(`the schema ${schema} needs quotes`) as string,
        }) as Error,
      );
    },
  );
});

describe('sslmode, as libpq means it', () => {
  const unverified = { rejectUnauthorized: false };
  test.each([
    ['', undefined],
    ['sslmode=disable', false],
    // Where the server has not been asked yet.
    ['sslmode=allow', false],
    ['sslmode=prefer', unverified],
    ['sslmode=require', unverified],
    ['sslmode=no-verify', unverified],
    ['sslmode=verify-full', {}],
    ['sslmode=verify-full&sslrootcert=system', {}],
  ])('%s', (parameters, ssl) => {
    expect(readParameters(address(parameters)).ssl).toEqual(ssl);
  });

  const checksName = (parameters: string) => {
    const { ssl } = readParameters(address(parameters.replace('ROOT', authority)));
    if (!ssl) throw new Error('no TLS');
    expect(ssl.rejectUnauthorized).not.toBe(false);
    const error = ssl.checkServerIdentity?.('db.example.com', { subject: { CN: 'other' } } as never);
    return { ca: ssl.ca, checksName: ssl.checkServerIdentity === undefined || error !== undefined };
  };

  test.each([
    ['sslmode=verify-full&sslrootcert=ROOT', { ca: 'the authority', checksName: true }],
    ['sslmode=verify-ca&sslrootcert=ROOT', { ca: 'the authority', checksName: false }],
    // "For backwards compatibility": with an authority, require is verify-ca.
    ['sslmode=require&sslrootcert=ROOT', { ca: 'the authority', checksName: false }],
    ['sslmode=verify-ca', { ca: undefined, checksName: false }],
  ])('the authority counts in %s', (parameters, meant) => {
    expect(checksName(parameters)).toEqual(meant);
  });

  test('a certificate of the client goes along, and is no check of the server', () => {
    const files = `sslcert=${folder}/client.pem&sslkey=${folder}/client.key`;
    expect(readParameters(address(`sslmode=require&${files}`)).ssl).toEqual({
      cert: 'the certificate',
      key: 'the key',
      rejectUnauthorized: false,
    });
    expect(readParameters(address(`sslmode=verify-full&${files}`)).ssl).toEqual({
      cert: 'the certificate',
      key: 'the key',
    });
    expect(readParameters(address(`sslmode=disable&${files}`)).ssl).toBe(false);
  });

  test.each(['on', 'true', 'VERIFY-FULL', 'x'.repeat(200)])('there is none called %s', (mode) => {
    for (const read of [checkConnectionUrl, readParameters]) {
      expect(() => read(address(`sslmode=${mode}`))).toThrow(
        expect.objectContaining({
          code: 'invalid_database_url',
          message: expect.stringMatching(
            /sslmode .{2,40} is none of disable, allow, prefer, require, verify-ca, verify-full\.$/,
          ) as string,
        }) as Error,
      );
    }
  });

  test.each(['sslrootcert', 'sslcert', 'sslkey'])('a file of %s that cannot be read is refused', (name) => {
    for (const path of [`${folder}/nowhere`, folder]) {
      expect(() => checkConnectionUrl(address(`sslmode=verify-full&${name}=${path}`))).toThrow(
        expect.objectContaining({
          code: 'invalid_database_url',
          message: expect.stringContaining(`the file of ${name} cannot be read`) as string,
        }) as Error,
      );
    }
  });
});

describe('connect_timeout', () => {
  test.each([
    ['', undefined],
    ['connect_timeout=0', undefined],
    ['connect_timeout=-1', undefined],
    ['connect_timeout=1', 2_000],
    ['connect_timeout=10', 10_000],
    ['connect_timeout=300', 300_000],
  ])('%s', (parameters, ms) => {
    expect(() => checkConnectionUrl(address(parameters))).not.toThrow();
    expect(readParameters(address(parameters)).connectTimeoutMs).toBe(ms);
  });

  test.each(['soon', '5s', '1.5', ''])('is a number of seconds, and not %j', (value) => {
    expect(() => checkConnectionUrl(address(`connect_timeout=${value}`))).toThrow(
      expect.objectContaining({
        code: 'invalid_database_url',
        message: expect.stringContaining('connect_timeout') as string,
      }) as Error,
    );
  });
});

describe('other parameters', () => {
  test.each([
    'application_name=erp',
    'fallback_application_name=erp',
    'keepalives=0&keepalives_idle=30&keepalives_interval=5&keepalives_count=3',
    'client_encoding=UTF8',
    'client_encoding=utf-8',
    'gssencmode=disable',
    'channel_binding=prefer',
    'target_session_attrs=read-write',
    'sslnegotiation=postgres',
    'uselibpqcompat=true',
  ])('change nothing: %s', (parameters) => {
    expect(() => checkConnectionUrl(address(parameters))).not.toThrow();
    expect(readParameters(address(`${parameters}&sslmode=disable`))).toEqual({
      url: plain,
      options: '',
      ssl: false,
      connectTimeoutMs: undefined,
    });
  });

  test('host, port, user and password stay in the address', () => {
    for (const parameters of ['host=%2Frun%2Fpostgresql', 'port=5434', 'user=other&password=secret']) {
      expect(() => checkConnectionUrl(address(parameters))).not.toThrow();
      expect(readParameters(address(`${parameters}&sslmode=disable&application_name=x`)).url).toBe(
        address(parameters),
      );
    }
  });

  test.each([
    ['search_path=erp', 'search_path', 'Write options=-c%20search_path%3DSCHEMA.'],
    ['schema=erp', 'schema', 'Write options=-c%20search_path%3DSCHEMA.'],
    ['currentSchema=erp', 'currentSchema', 'Write options=-c%20search_path%3DSCHEMA.'],
    ['ssl=true', 'ssl', 'Write sslmode=require.'],
    ['sslmode=require&pool_size=5', 'pool_size', ''],
    ['client_encoding=LATIN1', 'client_encoding=LATIN1', ''],
    ['channel_binding=require', 'channel_binding=require', ''],
    ['target_session_attrs=standby', 'target_session_attrs=standby', ''],
    ['sslcrl=/x', 'sslcrl', ''],
    ['service=shop', 'service', ''],
    ['constructor=1', 'constructor', ''],
    ['toString=1', 'toString', ''],
  ])('are refused by name: %s', (parameters, named, hint) => {
    const sentence = `The database's address cannot be used: its parameter ${named} is not supported.`;
    expect(() => checkConnectionUrl(address(parameters))).toThrow(
      expect.objectContaining({
        code: 'invalid_database_url',
        httpStatus: 422,
        message: hint === '' ? sentence : `${sentence} ${hint}`,
      }) as Error,
    );
  });
});

describe('prefer and allow', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server?.close();
    server = undefined;
  });

  /** A server that answers PostgreSQL's SSLRequest. @returns its port */
  async function answering(reply: string | undefined): Promise<number> {
    const listening = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', (asked) => {
        expect(asked.toString('hex')).toBe('0000000804d2162f');
        if (reply === undefined) socket.destroy();
        else socket.write(reply);
      });
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return (listening.address() as AddressInfo).port;
  }

  test.each([
    ['prefer', 'S', 'require'],
    ['prefer', 'N', 'disable'],
    ['prefer', undefined, 'disable'],
    ['allow', 'S', 'disable'],
  ])('%s, where the server says %s, is %s', async (mode, reply, meant) => {
    const port = await answering(reply);
    const url = `postgres://user:word@127.0.0.1:${port}/shop?sslmode=${mode}&sslrootcert=/nowhere&connect_timeout=5`;
    expect(await withTlsDecided(url)).toBe(
      `postgres://user:word@127.0.0.1:${port}/shop?sslmode=${meant}&connect_timeout=5`,
    );
  });

  test.each(['sslmode=require', 'sslmode=verify-full', '', 'options=-c%20geqo%3Doff'])(
    'other addresses stay as they are: %s',
    async (parameters) => {
      expect(await withTlsDecided(address(parameters))).toBe(address(parameters));
    },
  );

  test('through a socket of this machine there is no TLS, nor where nobody listens', async () => {
    const bySocket = 'postgres://u:p@localhost/shop?host=%2Fnowhere&sslmode=prefer';
    expect(await withTlsDecided(bySocket)).toBe(bySocket.replace('prefer', 'disable'));
    const nobody = 'postgres://u:p@127.0.0.1:1/shop?sslmode=prefer';
    expect(await withTlsDecided(nobody)).toBe(nobody.replace('prefer', 'disable'));
    expect(await withTlsDecided('no address')).toBe('no address');
  });
});
