import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { checkTls } from '../../main/commands/doctor/check-tls';
import { readConfig } from '../../main/gateway/config/config';
import { createGateway } from '../../main/gateway/gateway';
import { makeCertificate } from '../../main/gateway/secrets/make-certificate';
import { loadTlsCertificate } from '../../main/gateway/secrets/tls-certificate';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modular-gateway-tls-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

const configOf = (env: Record<string, string>) => {
  const admin = new URL(inject('postgresAdminUrl'));
  return readConfig(
    {
      HOST: '127.0.0.1',
      PORT: '0',
      GATEWAY_DATA_DIR: folder,
      DB_HOST: admin.hostname,
      DB_PORT: admin.port,
      DB_USER: decodeURIComponent(admin.username),
      DB_PASSWORD: decodeURIComponent(admin.password),
      DB_NAME: database.name,
      ...env,
    },
    folder,
  );
};

function askHealth(port: number, ca: string, host = '127.0.0.1'): Promise<{ status?: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = get(
      {
        host: '127.0.0.1',
        port,
        path: '/health',
        ca,
        servername: host === '127.0.0.1' ? '' : host,
        agent: false,
      },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      },
    );
    request.on('error', reject);
  });
}

function peerCertificate(port: number): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('TLS=self', () => {
  it('serves HTTP and Socket.IO over a certificate of its own, which stays and whose fingerprint is shown', async () => {
    const config = configOf({ TLS: 'self' });
    expect((await checkTls(config))[0]?.message).toContain('first start');
    const seen: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const lines: string[] = [];
      const gateway = createGateway(config, { print: (text) => lines.push(text) });
      try {
        const { port } = await gateway.start();
        const certificate = await loadTlsCertificate(config, false);
        expect(certificate?.selfMade).toBe(true);
        const { cert = '', fingerprint = '' } = certificate ?? {};
        expect((await askHealth(port, cert)).status).toBe(200);
        await expect(askHealth(port, (await makeCertificate(['localhost'], 1)).cert)).rejects.toThrow();
        expect((await peerCertificate(port)).fingerprint256).toBe(fingerprint);
        seen.push(fingerprint);
        gateway.logger.flush();
        expect(lines.join('')).toContain(fingerprint);
        expect((await checkTls(config))[0]).toMatchObject({
          status: 'ok',
          message: expect.stringContaining(fingerprint) as string,
        });

        const socket = io(`https://127.0.0.1:${port}`, {
          ca: cert,
          transports: ['websocket'],
          reconnection: false,
          forceNew: true,
          auth: {},
        } as Parameters<typeof io>[1]);
        const refusal = await new Promise<Error>((resolve) => socket.once('connect_error', resolve));
        // Over TLS as far as the handshake of Socket.IO, which asks for a token.
        expect(refusal.message).toContain('token is required');
        socket.disconnect();
        await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
      } finally {
        await gateway.stop();
      }
    }
    expect(seen[0]).toBe(seen[1]);
    if (process.platform !== 'win32') {
      expect((await stat(join(folder, 'tls', 'gateway.pem'))).mode & 0o077).toBe(0);
    }
  });
});

describe('TLS_CERT_FILE and TLS_KEY_FILE', () => {
  it("take the operator's own certificate, and say what is wrong with it", async () => {
    const [made, another] = await Promise.all([
      makeCertificate(['gateway.test'], 30),
      makeCertificate(['gateway.test'], 30),
    ]);
    const [certFile, keyFile, wrongKey] = ['cert.pem', 'key.pem', 'wrong.pem'].map((name) =>
      join(folder, name),
    );
    await writeFile(certFile!, made.cert);
    await writeFile(keyFile!, made.key);
    await writeFile(wrongKey!, another.key);
    const files = { TLS_CERT_FILE: certFile!, TLS_KEY_FILE: keyFile! };
    const loaded = await loadTlsCertificate(configOf(files));
    expect(loaded).toMatchObject({
      selfMade: false,
      fingerprint: new X509Certificate(made.cert).fingerprint256,
    });
    await expect(loadTlsCertificate(configOf({ ...files, TLS_KEY_FILE: wrongKey! }))).rejects.toThrow(
      /TLS_KEY_FILE.*key/,
    );
    await expect(loadTlsCertificate(configOf({ ...files, TLS_CERT_FILE: '/nowhere.pem' }))).rejects.toThrow(
      /TLS_CERT_FILE holds \/nowhere\.pem/,
    );
    expect(() => configOf({ TLS_CERT_FILE: certFile! })).toThrow(/TLS_KEY_FILE is not set/);
    expect(() => configOf({ ...files, TLS: 'self' })).toThrow(/TLS holds/);
    expect(() => configOf({ TLS: 'maybe' })).toThrow(/TLS holds "maybe"/);
  });
});

describe('makeCertificate', () => {
  it('makes what OpenSSL accepts: names, addresses, dates, its own signature', async () => {
    const { cert, key } = await makeCertificate(
      ['office-pc', 'localhost', '192.168.1.10', 'fd00::1:2'],
      3650,
    );
    const parsed = new X509Certificate(cert);
    expect(parsed.subject).toBe('CN=office-pc');
    expect(parsed.subjectAltName).toBe(
      'DNS:office-pc, DNS:localhost, IP Address:192.168.1.10, IP Address:FD00:0:0:0:0:0:1:2',
    );
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.ca).toBe(false);
    expect(parsed.checkIP('192.168.1.10')).toBe('192.168.1.10');
    const years = (new Date(parsed.validTo).getTime() - Date.now()) / (365 * 86_400_000);
    expect(years).toBeCloseTo(10, 1);
    expect(key).toContain('BEGIN PRIVATE KEY');
    const far = new X509Certificate((await makeCertificate(['x'], 365 * 40)).cert);
    expect(new Date(far.validTo).getUTCFullYear()).toBeGreaterThan(2060);
  });

  it('is pinned by its public key as curl does it', async () => {
    const certificate = await loadTlsCertificate({ tls: { kind: 'self' }, dataDir: folder });
    const der = new X509Certificate(certificate!.cert).publicKey.export({ type: 'spki', format: 'der' });
    expect(certificate?.publicKeyPin).toBe(createHash('sha256').update(der).digest('base64'));
  });
});
