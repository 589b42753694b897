import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { announceGateway, isAnnounced } from '../../main/gateway/discovery/announce-gateway';
import { buildScript } from '../support/child-script';
import { createMemoryLogger } from '../support/memory-logger';

const run = promisify(execFile);

/** A network that nobody else is in: Linux, as root, with iproute2. */
function whyNoNetwork(): string | undefined {
  try {
    execFileSync('unshare', ['-n', 'ip', 'link', 'add', 'office0', 'type', 'dummy'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no network of its own can be made here';
  }
}
const reason = whyNoNetwork();

describe('announcing the gateway', () => {
  it('is for private networks only', () => {
    for (const address of ['192.168.1.20', '10.0.0.4', '172.16.0.1', '172.31.9.9']) {
      expect(isAnnounced(address), address).toBe(true);
    }
    for (const address of [
      '127.0.0.1',
      '8.8.8.8',
      '172.32.0.1',
      '192.0.2.2',
      '169.254.1.1',
      '::1',
      undefined,
    ]) {
      expect(isAnnounced(address), address).toBe(false);
    }
  });

  it('disturbs nothing where it is not possible', async () => {
    const logger = createMemoryLogger();
    // No interface of this machine: joining the group fails.
    const announcement = await announceGateway({
      address: 'not-an-address',
      port: 1,
      tls: true,
      hostname: 'x'.repeat(100),
      version: '1',
      logger,
    });
    await announcement.stop();
  });

  it.skipIf(reason !== undefined)(
    `is found by others as _modular-gateway._tcp, and taken back (${reason ?? 'in a network of its own'})`,
    async () => {
      const address = '192.168.77.5';
      const program = await buildScript('tests/discovery/announce-and-find.ts');
      const script = [
        'ip link set lo up',
        'ip link add office0 type dummy',
        `ip addr add ${address}/24 dev office0`,
        'ip link set office0 multicast on up',
        'ip route add 224.0.0.0/4 dev office0',
        `exec "${process.execPath}" "${program.path}" ${address}`,
      ].join(' && ');
      const { stdout } = await run('unshare', ['-n', 'sh', '-c', script], { timeout: 30_000 });
      await program.stop();
      expect(JSON.parse(stdout)).toMatchObject({
        seen: {
          name: 'Modular Gateway on office-pc:3001',
          port: 3001,
          txt: { version: '1.2.3', path: '/connect', url: `http://${address}:3001` },
          addresses: expect.arrayContaining([address]) as unknown,
        },
        log: [],
      });
    },
    45_000,
  );
});
