import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';
import { builtCli } from '../support/built-cli';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** what --json printed */
  readonly json: () => unknown;
}

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** all of stdin; open and silent when absent, as a program that calls the command leaves it */
  readonly input?: string;
  readonly cwd?: string;
  /** instead of the built command line */
  readonly script?: string;
}

/** Nothing of this machine's own configuration. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR };
}

/** An environment whose system database is `databaseName` on the server of this test run. */
export function serverEnvironment(databaseName: string, dataDir: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password } = new URL(inject('postgresAdminUrl'));
  return {
    ...bareEnvironment(),
    GATEWAY_DATA_DIR: dataDir,
    DB_HOST: hostname,
    DB_PORT: port,
    DB_NAME: databaseName,
    DB_USER: username,
    DB_PASSWORD: decodeURIComponent(password),
  };
}

export function spawnCommand(args: readonly string[], options: CommandOptions = {}): ChildProcess {
  return spawn(process.execPath, [options.script ?? builtCli(), ...args], {
    env: options.env ?? bareEnvironment(),
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs a command to its end. */
export async function runCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawnCommand(args, options);
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (options.input !== undefined) child.stdin!.end(options.input);
  const [code] = (await once(child, 'close')) as [number | null];
  child.stdin!.destroy();
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as unknown };
}
