import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtInEventTypes } from '../../main/gateway/events/catalogue/catalogue';
import { builtCli } from '../support/built-cli';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { serverEnvironment } from './run-command-line';

const run = promisify(execFile);
let gateway: TestGateway;
let folder: string;
beforeAll(async () => {
  gateway = await startGateway({ env: { GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063' } });
  folder = mkdtempSync(join(tmpdir(), 'samples-'));
});
afterAll(async () => {
  await gateway.registry.remove('DEMO', { dropDatabase: true });
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

it('what compose.demo.yml runs beside the gateway sends a sample of every event type, again after a restart', async () => {
  const env = {
    ...serverEnvironment(gateway.systemName, folder),
    GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063',
    GATEWAY_URL: gateway.origin,
    GATEWAY_PROGRAM: builtCli(),
    DEMO_PACE_MS: '0',
    DEMO_ROUNDS: '1',
  };
  for (let start = 0; start < 2; start += 1) {
    const { stdout } = await run(process.execPath, ['examples/containers/send-samples.mjs'], { env });
    expect(stdout.trim().split('\n')).toHaveLength(builtInEventTypes.size);
  }
}, 120_000);

it('the compose files start the image as the Dockerfile makes it', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK /m);
  for (const file of ['compose.yml', 'compose.demo.yml']) {
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('build: .');
    for (const [, folderOrFile = ''] of text.matchAll(/- (\.\/[^:]+):/g)) {
      expect(() => readFileSync(join(folderOrFile, 'send-samples.mjs'))).not.toThrow();
    }
  }
});
