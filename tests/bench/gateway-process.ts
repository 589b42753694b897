import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { configurationVariables } from '../../main/gateway/config/config-variables';

export interface GatewayInstallation {
  /** GATEWAY_DATA_DIR, and the working folder: no .env of ours gets in */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** arguments for node itself, before the script */
  readonly nodeArguments?: readonly string[];
}

export interface GatewayProcess {
  readonly pid: number;
  readonly origin: string;
  stop(): Promise<void>;
}

const commandLine = resolve('dist/main/cli.js');
const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;

/** This machine's environment without anything that configures a gateway. */
function environmentFor(installation: GatewayInstallation): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of Object.keys(configurationVariables)) environment[name] = undefined;
  return { ...environment, GATEWAY_DATA_DIR: installation.folder, ...installation.environment };
}

/** Runs a command of the product's own command line. @returns what it printed, parsed */
export async function runCommand<T>(
  installation: GatewayInstallation,
  ...words: readonly string[]
): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, ...words, '--json'], {
    cwd: installation.folder,
    env: environmentFor(installation),
  });
  return JSON.parse(stdout) as T;
}

/**
 * Starts `modular-gateway serve`; its output goes to a file, as under a service manager.
 * @throws Error with the log's end when it does not listen in time
 */
export async function startGateway(installation: GatewayInstallation): Promise<GatewayProcess> {
  const logPath = join(installation.folder, 'stdout.log');
  const log = await open(logPath, 'w');
  const child = spawn(process.execPath, [...(installation.nodeArguments ?? []), commandLine, 'serve'], {
    cwd: installation.folder,
    env: { ...environmentFor(installation), HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', log.fd, log.fd],
  });
  const closed = once(child, 'close');
  await log.close();
  const isGone = () => child.exitCode !== null || child.signalCode !== null;

  async function readPort(): Promise<number> {
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline && !isGone()) {
      const text = await readFile(logPath, 'utf8');
      const line = text.split('\n').find((entry) => entry.includes('"message":"listening"'));
      if (line !== undefined) return (JSON.parse(line) as { port: number }).port;
      await sleep(50);
    }
    throw new Error(`the gateway does not listen: ${(await readFile(logPath, 'utf8')).slice(-2_000)}`);
  }

  async function stop(): Promise<void> {
    if (!isGone()) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await closed;
    clearTimeout(timer);
  }

  try {
    const port = await readPort();
    return { pid: child.pid ?? 0, origin: `http://127.0.0.1:${port}`, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}
