import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { patienceMs } from './patience';
import { waitUntil } from './wait-until';

export interface BuiltScript {
  /** a file that `node` runs */
  readonly path: string;
  stop(): Promise<void>;
}

/**
 * Bundles a TypeScript file and what it imports of this repository, for a child process to run; packages
 * stay imports. Inside the repository's `.cache` unless `folder` says otherwise.
 */
export async function buildScript(entry: string, folder?: string): Promise<BuiltScript> {
  await mkdir('.cache', { recursive: true });
  const outDir = folder ?? (await mkdtemp(resolve('.cache', 'test-script-')));
  const name = basename(entry, '.ts');
  await build({
    configFile: false,
    logLevel: 'error',
    define: { __GATEWAY_VERSION__: JSON.stringify('0.0.0-test') },
    ssr: { external: true, noExternal: [] },
    build: {
      ssr: resolve(entry),
      outDir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rollupOptions: {
        external: [...builtinModules],
        output: { format: 'es', entryFileNames: `${name}.mjs` },
      },
    },
  });
  return {
    path: join(outDir, `${name}.mjs`),
    stop: () => rm(outDir, { recursive: true, force: true }),
  };
}

export interface ScriptProcess {
  readonly child: ChildProcess;
  /** everything printed to stdout so far, by lines */
  readonly lines: string[];
  /** everything printed to stderr so far */
  readonly errors: () => string;
  /** Waits for a line of stdout that begins like this. @throws Error with stderr when the process ends first */
  waitForLine(start: string, timeoutMs?: number): Promise<string>;
  send(line: string): void;
  /** Waits for the end; kills first when a signal is given. Returns exit code or signal. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Runs a script made by `buildScript` with this Node; its lines are collected. */
export function startScript(
  path: string,
  args: readonly string[],
  options: SpawnOptions = {},
): ScriptProcess {
  const child = spawn(process.execPath, [path, ...args], { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  return {
    child,
    lines,
    errors: () => errors,
    async waitForLine(start, timeoutMs = patienceMs) {
      const found = await waitUntil(
        () => lines.find((line) => line.startsWith(start)) ?? (child.exitCode !== null && 'ended'),
        { what: `the line ${start}`, timeoutMs },
      );
      if (found === 'ended')
        throw new Error(`ended with ${child.exitCode ?? '?'} before "${start}": ${errors}`);
      return found;
    },
    send: (line) => child.stdin.write(`${line}\n`),
    async end(signal) {
      if (signal) child.kill(signal);
      await closed;
      return child.exitCode ?? child.signalCode;
    },
  };
}
