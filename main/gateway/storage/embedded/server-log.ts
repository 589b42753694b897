import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

const logLimitBytes = 10 * 1024 * 1024;

/** Where the server's log goes, and how. */
export interface ServerLog {
  /** for people: a file, or the folder of several */
  readonly path: string;
  /** it grows until somebody cuts it */
  readonly isEndless: boolean;
  /** for postgresql.conf */
  readonly settings: Readonly<Record<string, string>>;
  /** what a server that is started now gets for standard output and error */
  openOutput(): Promise<{ readonly output: number | 'ignore'; close(): Promise<void> }>;
}

/** As pg_ctl's own `--log` does, but opened here: the server's account need not be able to reach it. */
function oneFile(path: string): ServerLog {
  return {
    path,
    isEndless: true,
    settings: {},
    async openOutput() {
      const log = await open(path, 'a', 0o600);
      return { output: log.fd, close: () => log.close() };
    },
  };
}

/**
 * On Windows a program that is handed a file sits in the console of whoever started it, and the Ctrl-C there ends it in
 * the middle of its work. So it gets nothing, and the server's own collector writes: a file for each day of the week.
 */
function collected(dataDir: string): ServerLog {
  return {
    path: join(dataDir, 'log'),
    isEndless: false,
    settings: {
      logging_collector: 'on',
      // Seen from the cluster's folder.
      log_directory: '../log',
      log_filename: 'postgres-%a.log',
      log_truncate_on_rotation: 'on',
      log_rotation_age: '1d',
      log_rotation_size: '0',
    },
    openOutput: () => Promise.resolve({ output: 'ignore', close: () => Promise.resolve() }),
  };
}

export function chooseServerLog(dataDir: string, platform: NodeJS.Platform = process.platform): ServerLog {
  return platform === 'win32' ? collected(dataDir) : oneFile(join(dataDir, 'postgres.log'));
}

/** The server writes to it by append, so that it can be cut while it is open. */
export async function boundServerLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size < logLimitBytes) return;
  await copyFile(logFile, `${logFile}.1`);
  await truncate(logFile);
}
