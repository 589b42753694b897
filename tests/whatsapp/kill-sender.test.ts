import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { waitUntil } from '../support/wait-until';
import type { SenderJob } from './sender-process';
import { createWhatsAppHarness, shortTimes, type WhatsAppHarness } from './whatsapp-harness';

const customerId = 'ACC001';
const messages = 200;
let harness: WhatsAppHarness;
let phone: SimulatedPhone;
let bundle: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  // Inside the project, so that the bundle finds its packages.
  bundle = await mkdtemp(join(process.cwd(), 'node_modules', '.sender-'));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: 'tests/whatsapp/sender-process.ts',
      outDir: bundle,
      emptyOutDir: false,
      target: 'node20',
      copyPublicDir: false,
    },
  });
  harness = await createWhatsAppHarness();
  phone = await harness.pair(customerId, '27821110001');
  // The paired profile is handed to the process that is going to be killed.
  await harness.sessions.stop();
});
afterAll(async () => {
  // Only where the test has failed on its way.
  for (const child of started) child.kill('SIGKILL');
  await harness.stop();
  await rm(bundle, { recursive: true, force: true });
});

interface Sender {
  readonly process: ChildProcess;
  readonly lines: string[];
}

function startSender({ first, interrupted }: Pick<SenderJob, 'first' | 'interrupted'>): Sender {
  const job: SenderJob = {
    databaseUrl: harness.databaseUrl,
    dataDir: harness.dataDir,
    config: { ...shortTimes, browserArgs: harness.simulator.browserArgs },
    customerId,
    first,
    last: messages,
    interrupted,
  };
  const child = spawn(process.execPath, [join(bundle, 'sender-process.js'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { process: child, lines };
}

const browsers = async () =>
  (await listProcesses()).filter(
    ({ command }) => command.includes(`--user-data-dir=${harness.dataDir}`) && !command.includes('--type='),
  );
/** @returns where the next sender goes on: with what was not done, begun or not, of all that was taken up */
async function killed(
  sender: Sender,
  { first, interrupted }: Pick<SenderJob, 'first' | 'interrupted'>,
): Promise<Pick<SenderJob, 'first' | 'interrupted'>> {
  const exit = once(sender.process, 'close');
  sender.process.kill('SIGKILL');
  await exit;
  // The pipe is closed with the gateway, and the browser ends by itself.
  await waitUntil(async () => (await browsers()).length === 0, {
    what: 'the browser to end with its gateway',
  });
  const steps = sender.lines.map((line) => line.split(' '));
  const begun = steps.filter(([step]) => step === 'sending').map(([, id]) => Number(id));
  const done = new Set(steps.filter(([step]) => step !== 'sending').map(([, id]) => Number(id)));
  const next = Math.max(first - 1, ...begun) + 1;
  const takenUp = [...interrupted, ...Array.from({ length: next - first }, (_, index) => first + index)];
  return { first: next, interrupted: takenUp.filter((id) => !done.has(id)) };
}

test('gateway, browser and renderer killed in the middle of 200 messages: each once, or unknown', async () => {
  const all: string[] = [];
  let rest: Pick<SenderJob, 'first' | 'interrupted'> = { first: 1, interrupted: [] };
  let sender = startSender(rest);
  await phone.waitForMessages(30);
  rest = await killed(sender, rest);
  expect(rest.interrupted.length).toBeGreaterThan(1);
  all.push(...sender.lines);

  sender = startSender(rest);
  await phone.waitForMessages(80);
  process.kill((await browsers())[0]!.pid, 'SIGKILL');
  await phone.waitForMessages(110);
  const [browser] = await browsers();
  const renderers = (await listProcesses()).filter(
    ({ command }) => command.includes('--type=renderer') && command.includes(harness.dataDir),
  );
  expect(browser).toBeDefined();
  expect(renderers.length).toBeGreaterThan(0);
  for (const { pid } of renderers) process.kill(pid, 'SIGKILL');
  await phone.waitForMessages(140);
  rest = await killed(sender, rest);
  all.push(...sender.lines);

  sender = startSender(rest);
  const exit = once(sender.process, 'exit');
  await waitUntil(() => sender.lines.includes('done'), {
    what: 'the rest of the messages',
  });
  expect(await exit).toEqual([0, null]);
  all.push(...sender.lines);

  const unknown = new Set(
    all.filter((line) => line.startsWith('unknown ')).map((line) => line.split(' ')[1]),
  );
  const counts = new Map<string, number>();
  for (const { body } of phone.received) counts.set(body, (counts.get(body) ?? 0) + 1);
  for (let deliveryId = 1; deliveryId <= messages; deliveryId += 1) {
    const count = counts.get(`message ${deliveryId}.`) ?? 0;
    if (unknown.has(String(deliveryId))) expect(count).toBeLessThanOrEqual(1);
    else expect([deliveryId, count]).toEqual([deliveryId, 1]);
  }
  // Four ends, and each can leave at most the two messages undecided that were being handed over: those that
  // were only made ready are certainly not there.
  expect(unknown.size).toBeLessThanOrEqual(8);
  // In order for each recipient.
  for (const remote of new Set(phone.received.map((message) => message.remote))) {
    const numbers = phone.received
      .filter((message) => message.remote === remote)
      .map(({ body }) => Number(/\d+/.exec(body)?.[0]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }
}, 180_000);
