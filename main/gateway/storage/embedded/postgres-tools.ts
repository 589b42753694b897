import { spawn, type StdioOptions } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { ConfigurationError, errorText } from '../../errors';
import { describeExit } from './describe-exit';

/** The account the database server runs under when the gateway itself is root (PostgreSQL refuses root). */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that servers are usually given, best first. initdb insists on one that has a name. */
const accountNames = ['postgres', 'nobody'];

/**
 * Which account the server needs: undefined when the gateway's own will do. An existing data folder
 * decides by its owner, so that an account that appears later on the machine changes nothing.
 * @throws ConfigurationError when there is none
 */
export async function chooseServerAccount(clusterFolder: string): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // Only Linux has the /proc paths that let another account work below folders that are root's alone.
  if (process.platform !== 'linux') {
    throw new ConfigurationError('Start the gateway as an ordinary user: PostgreSQL does not run as root.');
  }
  const owner = await stat(clusterFolder).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  for (const name of accountNames) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new ConfigurationError(
    'PostgreSQL does not run as root, and this system has no account named ' +
      `${accountNames.join(' or ')} to run it under. Start the gateway as an ordinary user.`,
  );
}

/** A PostgreSQL program that ended with an error; the message holds what it printed. */
export class ServerToolError extends Error {
  override readonly name = 'ServerToolError';

  constructor(
    message: string,
    /** absent when it could not be run, was killed or took too long */
    readonly exitCode?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ServerToolOptions {
  readonly account: ServerAccount | undefined;
  readonly cwd: string;
  readonly timeoutMs: number;
  /** where everything goes that is printed, and what a server started by the tool prints later */
  readonly output?: number | 'ignore';
  /** becomes file descriptor 3 of the program */
  readonly extraFd?: number;
}

const outputLimit = 4_000;

/** Nothing of the gateway's environment (its secrets least of all) gets into the server's processes. */
function toolEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'windir', 'SystemDrive']) {
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  }
  return environment;
}

/**
 * Runs initdb or pg_ctl to its end. Nothing here is Unix's alone.
 * @returns what it printed, unless that went to `output`
 * @throws ServerToolError when it cannot be run, fails or takes longer than `timeoutMs`
 */
export function runServerTool(program: string, args: readonly string[], options: ServerToolOptions) {
  return new Promise<string>((resolve, reject) => {
    const output = options.output ?? 'pipe';
    const stdio: StdioOptions = ['ignore', output, output];
    if (options.extraFd !== undefined) stdio.push(options.extraFd);
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: toolEnvironment(),
      stdio,
      windowsHide: true,
      ...options.account,
    });
    let printed = '';
    const collect = (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-outputLimit);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    child.once('error', (thrown) => {
      clearTimeout(timer);
      reject(
        new ServerToolError(`${program} cannot be run: ${errorText(thrown)}`, undefined, { cause: thrown }),
      );
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) {
        resolve(printed);
        return;
      }
      const how = timedOut
        ? `took longer than ${options.timeoutMs} ms`
        : `ended with ${code === null ? (signal ?? '') : describeExit(code)}`;
      const text = `${program} ${how}${printed === '' ? '' : `: ${printed.trim()}`}`;
      reject(new ServerToolError(text, timedOut ? undefined : (code ?? undefined)));
    });
  });
}
