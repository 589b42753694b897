import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { configurationVariables } from '../../main/gateway/config/config-variables';
import { endProcessTree } from '../../main/gateway/whatsapp/process-tree';

export interface DemoGatewayOptions {
  /** GATEWAY_DATA_DIR, and the working folder: no `.env` of somebody's gets in */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface DemoGateway {
  readonly origin: string;
  /** a link that signs in once; undefined: the console has a window of its own */
  readonly consoleUrl: string | undefined;
  /** Resolves when it has ended, by itself too: somebody closed the window. */
  readonly ended: Promise<unknown>;
}

const root = process.cwd();
const startTimeoutMs = 120_000;
/** The link is printed right after the gateway listens; a desktop app prints none. */
const linkTimeoutMs = 3_000;
const stopTimeoutMs = 20_000;

/** This machine's environment without anything else that configures a gateway. */
export function environmentOf(options: DemoGatewayOptions): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of Object.keys(configurationVariables)) environment[name] = undefined;
  return { ...environment, GATEWAY_DATA_DIR: options.folder, ...options.environment };
}

/**
 * Runs a command of the product's own command line. @returns what it printed, parsed
 * @throws Error with what the command said
 */
export function runCommand<T>(
  options: DemoGatewayOptions,
  signal: AbortSignal,
  ...words: string[]
): Promise<T> {
  const program = resolve(root, 'main/modular-gateway.mjs');
  return new Promise((done, fail) => {
    const child = execFile(
      process.execPath,
      [program, ...words, '--json'],
      { cwd: options.folder, env: environmentOf(options) },
      (error, stdout, stderr) => {
        if (error) fail(new Error(`${words.join(' ')}: ${stderr.trim() || error.message}`));
        else done(JSON.parse(stdout) as T);
      },
    );
    // Asked to, not killed: it may hold the database server that it has just started.
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  });
}

/**
 * Starts what `npm start` starts: the desktop app where there is Electron and a display, else the gateway without
 * a window. `undo` is called as soon as there is something to end.
 * @throws Error with the end of its output when it does not come up
 */
export async function startDemoGateway(
  options: DemoGatewayOptions,
  undo: (stop: () => Promise<void>) => void,
): Promise<DemoGateway> {
  const child = spawn(process.execPath, [resolve(root, 'main/start.mjs')], {
    cwd: options.folder,
    env: { ...environmentOf(options), HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  undo(() => endChild(child, ended));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  }

  /** Both entry points write this line to the log in the data folder; only one of them prints it. */
  async function readPort(): Promise<number | undefined> {
    const log = await readFile(join(options.folder, 'logs', 'combined.log'), 'utf8').catch(() => '');
    const line = log.split('\n').find((entry) => entry.includes('"message":"listening"'));
    return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const deadline = Date.now() + startTimeoutMs;
  let port = await readPort();
  while (port === undefined) {
    if (hasEnded() || Date.now() > deadline)
      throw new Error(`The gateway did not start:\n${output.slice(-2_000)}`);
    await sleep(100);
    port = await readPort();
  }
  const findLink = () => /console: (http\S+)/.exec(output)?.[1];
  const linkDeadline = Date.now() + linkTimeoutMs;
  while (findLink() === undefined && Date.now() < linkDeadline) await sleep(50);
  return { origin: `http://127.0.0.1:${port}`, consoleUrl: findLink(), ended };
}

async function endChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  const late = new AbortController();
  const timer = sleep(stopTimeoutMs, 'late', { signal: late.signal }).catch(() => undefined);
  if ((await Promise.race([ended, timer])) === 'late' && child.pid !== undefined)
    await endProcessTree(child.pid);
  late.abort();
  await ended;
}
