import { join } from 'node:path';
import { errorText } from '../../gateway/errors';
import { findPostgresFolder } from '../../gateway/storage/embedded/postgres-binaries';
import { findMissingRuntime } from '../../gateway/storage/embedded/vc-runtime';
import { embeddedPostgresDir } from '../../gateway/storage/system-database';
import { aliasInAscii, isAscii } from '../../gateway/system/ascii-alias';
import { findFolderTrouble } from '../../gateway/system/windows-paths';
import { fail, ok, warn, type Check } from './check';
import { checkWindowsNetwork } from './check-windows-network';

const folderTroubles = {
  network: 'is on another machine: a database there gets damaged when the network stumbles',
  onedrive: 'is in OneDrive, which copies files while the database writes them, and holds them meanwhile',
  roaming: 'is in the roaming profile, which Windows may copy to a server at every logoff',
} as const;

/** What only Windows asks for. Nothing elsewhere. */
export async function checkWindows(
  config: {
    readonly dataDir: string;
    readonly host: string;
    readonly database: { readonly kind: 'embedded' | 'server' };
  },
  platform: NodeJS.Platform = process.platform,
): Promise<Check[]> {
  if (platform !== 'win32') return [];
  const { dataDir } = config;
  const trouble = findFolderTrouble(dataDir);
  return [
    ...(trouble === undefined
      ? []
      : [
          warn(
            'data folder',
            `${dataDir} ${folderTroubles[trouble]}. Set GATEWAY_DATA_DIR to a folder of this machine, such as %LOCALAPPDATA%\\modular-gateway.`,
          ),
        ]),
    ...(config.database.kind === 'server' ? [] : await checkEmbedded(embeddedPostgresDir(dataDir))),
    ...(await checkWindowsNetwork(config.host)),
  ];
}

async function checkEmbedded(postgresDir: string): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    const programs = await findPostgresFolder();
    const missing = await findMissingRuntime(join(programs, 'bin'));
    checks.push(
      missing.length === 0
        ? ok('Visual C++', 'The runtime that PostgreSQL needs is there.')
        : fail(
            'Visual C++',
            `PostgreSQL needs ${missing.join(', ')}: install https://aka.ms/vs/17/release/vc_redist.x64.exe`,
          ),
    );
    for (const path of [programs, postgresDir]) {
      if (isAscii(path)) continue;
      const alias = await aliasInAscii(path, { memoFolder: postgresDir });
      checks.push(ok('paths', `PostgreSQL reaches ${path} as ${alias}.`));
    }
  } catch (thrown) {
    checks.push(fail('database', errorText(thrown)));
  }
  return checks;
}
