import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'electron';
import { readDataFolder } from '../gateway/config/config';

export interface DesktopFolders {
  /** where `.env` is looked for, and what relative paths begin at */
  readonly cwd: string;
  /** the gateway's */
  readonly dataDir: string;
  /** the shell's own: preferences, the place of the window, Chromium's profile */
  readonly userData: string;
}

function findDataFolder(cwd: string): string {
  try {
    return readDataFolder(process.env, cwd);
  } catch {
    // A `.env` that cannot be read: the gateway's start says so, in the window.
    return join(cwd, 'gateway-data');
  }
}

/**
 * One gateway a data folder, so one app a data folder: what Chromium keeps goes into it too, and with it the
 * lock that a second start finds.
 */
export function setupDesktopFolders(app: App): DesktopFolders {
  // An installed program is started from anywhere; its own folder of settings is where `.env` may be.
  const cwd = app.isPackaged ? app.getPath('userData') : process.cwd();
  const dataDir = findDataFolder(cwd);
  const wanted = join(dataDir, 'desktop');
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    app.setPath('userData', wanted);
    app.setPath('sessionData', wanted);
  } catch {
    // The gateway will not start there either, and says so in the window, which has to open for that.
  }
  return { cwd, dataDir, userData: app.getPath('userData') };
}
