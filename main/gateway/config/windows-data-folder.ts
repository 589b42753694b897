import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../system/is-alive';
import { renamePatientlySync } from '../system/patient-rename';

const folderName = 'modular-gateway';

/**
 * Where the gateway's data lies on Windows: in the part of the profile that stays on this machine. It used to lie in
 * the roaming one, which is copied at logoff or sits on a server, where a database gets damaged. What is there is moved
 * once, while nobody uses it; until then it is used where it is.
 */
export function findWindowsDataFolder(env: Readonly<Record<string, string | undefined>>): string {
  const local = join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), folderName);
  const roaming = join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), folderName);
  const before = join(roaming, 'postgres');
  if (existsSync(local) || !(existsSync(before) || existsSync(join(roaming, 'secret.key')))) return local;
  if (isServerRunning(before)) return roaming;
  try {
    mkdirSync(join(local, '..'), { recursive: true });
    // Whole or not at all: between two drives, or while a file is open, Windows refuses.
    renamePatientlySync(roaming, local);
  } catch {
    return roaming;
  }
  keepEnvFile(local, roaming);
  return local;
}

function isServerRunning(postgresDir: string): boolean {
  try {
    return isAlive(
      Number(readFileSync(join(postgresDir, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]),
    );
  } catch {
    return false;
  }
}

/** Settings that a person wrote stay where that person looks for them. */
function keepEnvFile(local: string, roaming: string): void {
  if (!existsSync(join(local, '.env'))) return;
  try {
    mkdirSync(roaming, { recursive: true });
    renamePatientlySync(join(local, '.env'), join(roaming, '.env'));
  } catch {
    // It is in the data folder, then.
  }
}
