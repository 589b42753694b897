import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleNamespace, consoleSocketEvents } from '../../main/contracts/console/bridge';
import type {
  CallAnswer,
  CallInput,
  CallOutput,
  ConsoleCallName,
} from '../../main/contracts/console/console-calls';
import { serverEnvironment } from '../cli/run-command-line';
import { builtCli } from '../support/built-cli';
import { callGateway } from '../support/call-gateway';
import { findFreePort } from '../support/find-free-port';
import { cookieOf } from '../support/sign-in';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let child: ChildProcess;
let database: TestDatabase;
let dataDir: string;
let origin: string;
let socket: Socket;
const lines: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'gateway-restart-'));
  const port = await findFreePort();
  origin = `http://127.0.0.1:${port}`;
  child = spawn(process.execPath, [builtCli(), 'serve'], {
    env: { ...serverEnvironment(database.name, dataDir), HOST: '127.0.0.1', PORT: String(port) },
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  const link = await waitUntil(() => lines.find((line) => line.startsWith('console: ')), {
    what: 'the link to the console',
  });
  const token = /[A-Za-z0-9_-]{43}/.exec(link)?.[0];
  const cookie = cookieOf(await callGateway(origin, '/console/login', { body: { link_token: token } }));
  const opened = io(`${origin}${consoleNamespace}`, {
    transports: ['websocket'],
    extraHeaders: { cookie },
    reconnectionDelay: 100,
    reconnectionDelayMax: 300,
  });
  socket = opened;
  // Socket.IO leaves it to the page to come back after the server has hung up.
  opened.on('disconnect', (reason) => {
    if (reason === 'io server disconnect') opened.connect();
  });
  await new Promise<void>((resolve, reject) => {
    opened.once('connect', resolve);
    opened.once('connect_error', reject);
  });
});
afterAll(async () => {
  socket.disconnect();
  if (child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  await database.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function call<N extends ConsoleCallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
  const answer = (await socket
    .timeout(5_000)
    .emitWithAck(consoleSocketEvents.call, name, input)) as CallAnswer<N>;
  if (!answer.ok) throw new Error(`${name}: ${answer.problem.message}`);
  return answer.value;
}

/** Asks for the restart and waits until another gateway answers on the same login. */
async function restart() {
  const { startedAt } = await call('gateway.info', {});
  await call('gateway.restart', {});
  return waitUntil(
    async () => {
      const info = await call('gateway.info', {});
      return info.startedAt === startedAt ? undefined : info;
    },
    { what: 'the gateway to be up again' },
  );
}

test('the gateway restarts with what was saved, and goes on with what ran where that does not start', async () => {
  await call('settings.save', { values: { LOG_LEVEL: 'debug' } });
  expect((await call('gateway.info', {})).restartNeeded).toBe(true);
  expect(await restart()).toMatchObject({ restartNeeded: false, restartProblem: null });
  const { variables } = await call('settings.get', {});
  expect(variables.find(({ name }) => name === 'LOG_LEVEL')).toMatchObject({
    value: 'debug',
    source: 'saved',
  });

  // Makes sense as a value, and there is no room for the certificate.
  await writeFile(join(dataDir, 'tls'), 'in the way');
  await call('settings.save', { values: { TLS: 'self' } });
  const back = await restart();
  expect(back.restartProblem).toMatch(/tls/);
  expect(back).toMatchObject({ restartNeeded: true, tls: null });
  expect(lines.some((line) => line.includes('"event":"gateway.configuration_rejected"'))).toBe(true);

  await call('settings.save', { values: { TLS: null } });
  expect(await restart()).toMatchObject({ restartNeeded: false, restartProblem: null });

  // Not even a configuration: nobody waits in vain for the restart.
  await writeFile(join(dataDir, '.env'), 'LOG_LEVEL=everything\n');
  expect((await restart()).restartProblem).toMatch(/^LOG_LEVEL holds "everything"/);
  await rm(join(dataDir, '.env'));
  expect((await restart()).restartProblem).toBeNull();

  socket.disconnect();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
});
