import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { builtCli } from '../support/built-cli';
import { waitUntil } from '../support/wait-until';

export interface ServeProcess {
  readonly child: ChildProcess;
  readonly origin: string;
  /** what it printed so far, by lines */
  readonly lines: readonly string[];
  /** Sends the signal and waits for the end. Returns the exit code, null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** An installation as it ships: the built command line, embedded PostgreSQL, a data folder of its own. */
export interface Installation {
  readonly dataDir: string;
  run<Answer>(...args: string[]): Promise<Answer>;
  serve(): Promise<ServeProcess>;
  postmasterPid(): Promise<number>;
  /** Ends what is still running and removes the data folder. */
  remove(): Promise<void>;
}

export async function createInstallation(env: Readonly<Record<string, string>>): Promise<Installation> {
  const dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-drill-'));
  // A copy, inside the repository for its packages: a build that runs beside must not pull the program away.
  await mkdir('.cache', { recursive: true });
  const programDir = await mkdtemp(resolve('.cache', 'drill-'));
  await cp(dirname(builtCli()), programDir, { recursive: true });
  const cli = join(programDir, basename(builtCli()));
  const childEnv = {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    PORT: '0',
    GATEWAY_DATA_DIR: dataDir,
    ...env,
  };
  const children = new Set<ChildProcess>();

  async function run<Answer>(...args: string[]): Promise<Answer> {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, '--json'], {
      env: childEnv,
      cwd: dataDir,
    });
    return JSON.parse(stdout) as Answer;
  }

  async function serve(): Promise<ServeProcess> {
    const child = spawn(process.execPath, [cli, 'serve'], {
      env: childEnv,
      cwd: dataDir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.add(child);
    const lines: string[] = [];
    let errors = '';
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const closed = once(child, 'close').then(() => children.delete(child));
    const listening = await waitUntil(
      () => {
        if (child.exitCode !== null || child.signalCode !== null) return 'ended' as const;
        return lines.find((line) => line.includes('"listening"'));
      },
      { what: 'the gateway to listen' },
    );
    if (listening === 'ended') throw new Error(`the gateway ended: ${lines.join('\n')} ${errors}`);
    const { port } = JSON.parse(listening) as { port: number };
    return {
      child,
      origin: `http://127.0.0.1:${port}`,
      lines,
      async end(signal) {
        child.kill(signal);
        await closed;
        return child.exitCode;
      },
    };
  }

  async function postmasterPid(): Promise<number> {
    const text = await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
    return Number(text.split('\n')[0]);
  }

  return {
    dataDir,
    run,
    serve,
    postmasterPid,
    async remove() {
      for (const child of children) {
        const closed = once(child, 'close');
        child.kill('SIGKILL');
        await closed;
      }
      // A killed gateway leaves its server behind.
      const pid = await postmasterPid().catch(() => undefined);
      if (pid !== undefined) await stopPostmaster(pid);
      await rm(programDir, { recursive: true, force: true });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A fast shutdown (https://www.postgresql.org/docs/current/server-shutdown.html), waited for. */
async function stopPostmaster(pid: number): Promise<void> {
  const isAlive = (signal: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  };
  isAlive('SIGINT');
  await waitUntil(() => !isAlive(0), { what: 'the database server to stop' });
}
