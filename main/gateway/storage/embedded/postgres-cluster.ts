import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chown,
  link,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, errorCode } from '../../errors';
import { aliasInAscii } from '../../system/ascii-alias';
import { isAlive } from '../../system/is-alive';
import { patientRemoval, renamePatiently } from '../../system/patient-rename';
import { moveRestAside, removeInterrupted, removeStaleLock, uniqueSuffix } from './cluster-remains';
import { findPostgresBinaries } from './postgres-binaries';
import { chooseServerAccount, runServerTool, ServerToolError } from './postgres-tools';
import { chooseServerLog, type ServerLog } from './server-log';

/** A server as its postmaster.pid describes it. */
interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** it accepts connections; otherwise it is starting, recovering or stopping */
  readonly ready: boolean;
}

/** One PostgreSQL server on disk: made, started and stopped; who uses it is not known here. */
export interface PostgresCluster {
  readonly password: string;
  readonly log: ServerLog;
  /** Undefined when none is running, whatever a kill or a power cut has left behind. */
  findServer(): Promise<RunningServer | undefined>;
  /** @throws ServerToolError when it does not come up (another process may have been faster) */
  startServer(port: number, timeoutMs: number): Promise<void>;
  /** Ends all sessions, writes everything to disk, waits for the end. @throws ServerToolError */
  stopServer(timeoutMs: number): Promise<void>;
}

export const superuserName = 'postgres';
const settingsFile = 'modular-gateway.conf';
/** Where root keeps copies of programs whose own folder the server's account cannot reach. */
const sharedCopiesFolder = '/var/lib/modular-gateway';
const initdbTimeoutMs = 120_000;
const noServerExitCode = 3;

/** One password for the server's life; of several processes that make one, the first wins. */
async function readOrMakePassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'password');
  const own = `${path}.${uniqueSuffix()}`;
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
  }
  await writeFile(own, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true });
  try {
    await link(own, path);
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown;
  } finally {
    await rm(own, { force: true });
  }
  return (await readFile(path, 'utf8')).trim();
}

/** Makes the folder where it is missing, and returns the superuser's password. */
async function openFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    return await readOrMakePassword(dataDir);
  } catch (thrown) {
    if (errorCode(thrown) !== 'EACCES') throw thrown;
    throw new ConfigurationError(
      `${dataDir} belongs to another account: start the gateway as that one, or set GATEWAY_DATA_DIR.`,
      { cause: thrown },
    );
  }
}

async function endsBefore(pid: number, deadline: number): Promise<boolean> {
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** On Linux: is this process the server of that folder, or somebody else who got its id after a restart? */
async function servesFolder(pid: number, clusterFolder: string): Promise<boolean> {
  // "pid (name) state …", https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const [, name, state] =
    /\((.*)\) (\S)/s.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')) ?? [];
  // A zombie is a dead server that a container's first process does not collect.
  if (name !== 'postgres' || state === 'Z') return false;
  // A server works in its data folder.
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return workingFolder === undefined || workingFolder === (await realpath(clusterFolder));
}

/** https://www.postgresql.org/docs/18/app-pg-ctl.html: 3 says that no server runs; other codes, that it is not known. */
export function isClearNo(thrown: unknown): boolean {
  return thrown instanceof ServerToolError && thrown.exitCode === noServerExitCode;
}

function settingLines(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return `# Written by Modular Gateway at every start.\n${lines.join('\n')}\n`;
}

/**
 * Opens the server in `dataDir`, making it first where there is none (about a second). Several processes
 * may do so at once.
 * @throws ConfigurationError when PostgreSQL cannot run here, or the folder is another version's
 */
export async function openPostgresCluster(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
): Promise<PostgresCluster> {
  const password = await openFolder(dataDir);
  const cluster = join(dataDir, 'cluster');
  const log = chooseServerLog(dataDir);
  const account = await chooseServerAccount(cluster);
  const binaries = await findPostgresBinaries({
    account,
    copiesFolder: account ? sharedCopiesFolder : dataDir,
  });

  // What PostgreSQL is told of the data folder, in letters that it can read everywhere.
  const aliased = await aliasInAscii(dataDir, { memoFolder: dataDir });
  const inAscii = (path: string) => join(aliased, relative(dataDir, path));

  // Another account cannot walk down to a folder below root's own. It can work in one that it is put
  // into, though, and /proc names that folder without the way down.
  const run = (program: string, args: string[], folder: string, timeoutMs: number, fds = {}) =>
    runServerTool(program, [...args, '-D', account ? '/proc/self/cwd' : inAscii(folder)], {
      account,
      cwd: inAscii(folder),
      timeoutMs,
      ...fds,
    });
  const giveToServer = async (path: string) => {
    if (account) await chown(path, account.uid, account.gid);
  };

  async function makeCluster(): Promise<void> {
    // Made aside and moved into place whole: an interrupted initdb leaves nothing that looks finished.
    const unfinished = join(dataDir, `cluster.${uniqueSuffix()}`);
    const passwordFile = `${unfinished}.password`;
    await mkdir(unfinished, { mode: 0o700 });
    await giveToServer(unfinished);
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveToServer(passwordFile);
    const passwordHandle = await open(passwordFile, 'r');
    try {
      const from = account ? '/proc/self/fd/3' : inAscii(passwordFile);
      const args = ['--data-checksums', '--encoding=UTF8', '--locale=C', '--auth=scram-sha-256'];
      await run(
        binaries.initdb,
        [...args, `--username=${superuserName}`, `--pwfile=${from}`],
        unfinished,
        initdbTimeoutMs,
        account ? { extraFd: passwordHandle.fd } : {},
      );
      await appendFile(join(unfinished, 'postgresql.conf'), `\ninclude_if_exists = '${settingsFile}'\n`);
      await moveRestAside(cluster);
      await renamePatiently(unfinished, cluster);
    } catch (thrown) {
      await rm(unfinished, patientRemoval);
      // Another process may have been faster.
      if ((await readVersion()) === undefined) throw thrown;
    } finally {
      await passwordHandle.close();
      await rm(passwordFile, { force: true });
    }
  }

  const readVersion = () =>
    readFile(join(cluster, 'PG_VERSION'), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  await removeInterrupted(dataDir, 2 * initdbTimeoutMs);
  if ((await readVersion()) === undefined) await makeCluster();
  const version = await readVersion();
  if (version !== binaries.majorVersion) {
    throw new ConfigurationError(
      `The database in ${cluster} was made by PostgreSQL ${version ?? '(unreadable)'}, and this is ` +
        `${binaries.majorVersion}: restore a backup into a new folder, or use the version before.`,
    );
  }

  async function isServer(pid: number): Promise<boolean> {
    if (process.platform === 'linux') return servesFolder(pid, cluster);
    // Windows: pg_ctl asks for the pipe that only a PostgreSQL server has. macOS: a process of that id is enough
    // for pg_ctl, so its name is looked at first.
    try {
      const options = { account, cwd: cluster, timeoutMs: 10_000 };
      if (process.platform !== 'win32') {
        const name = await runServerTool('ps', ['-p', String(pid), '-o', 'comm='], options);
        if (!name.includes('postgres')) return false;
      }
      await run(binaries.pgCtl, ['status'], cluster, 10_000);
      return true;
    } catch (thrown) {
      // Only a clear no is one.
      return !isClearNo(thrown);
    }
  }

  async function findServer(): Promise<RunningServer | undefined> {
    const lockFile = join(cluster, 'postmaster.pid');
    const content = await readFile(lockFile, 'utf8').catch(() => '');
    // https://www.postgresql.org/docs/18/storage-file-layout.html: pid, folder, start, port, …, status
    const lines = content.split('\n');
    const pid = Number(lines[0]);
    if (!(pid > 0) || !isAlive(pid)) return undefined;
    if (!(await isServer(pid))) {
      await removeStaleLock(lockFile, content);
      return undefined;
    }
    const port = Number(lines[3]);
    return { pid, port, ready: lines[7]?.trim() === 'ready' && port > 0 };
  }

  return {
    password,
    log,
    findServer,

    async startServer(port, timeoutMs) {
      const own = join(cluster, `${settingsFile}.${uniqueSuffix()}`);
      await writeFile(own, settingLines({ ...settings, ...log.settings }));
      await giveToServer(own);
      await renamePatiently(own, join(cluster, settingsFile));
      const handed = await log.openOutput();
      try {
        const seconds = Math.ceil(timeoutMs / 1000);
        const args = ['start', '--silent', '--wait', `--timeout=${seconds}`, '--options', `-p ${port}`];
        await run(binaries.pgCtl, args, cluster, timeoutMs + 5_000, { output: handed.output });
      } finally {
        await handed.close();
      }
    },

    async stopServer(timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      const server = await findServer();
      const seconds = Math.ceil(timeoutMs / 1000);
      const args = ['stop', '--silent', '--wait', `--timeout=${seconds}`, '--mode=fast'];
      try {
        await run(binaries.pgCtl, args, cluster, timeoutMs + 5_000);
      } catch (thrown) {
        // While pg_ctl waits it reads the lock file again and again. Another process may be starting the
        // next server by then, whose new file pg_ctl takes for a broken one: ours is gone all the same.
        if (!server || !(await endsBefore(server.pid, deadline))) throw thrown;
      }
    },
  };
}
