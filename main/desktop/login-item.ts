import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';
import type { Logger } from '../gateway/observability/logger';
import { describeAutostart } from './describe-autostart';
import type { Preferences } from './preferences';

/** Linux's desktops start what lies there at login. */
function autostartFile(): string {
  const folder = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return join(folder, 'autostart', 'modular-gateway.desktop');
}

/** An AppImage runs from a place that is another one at each start: its file is what stays. */
function startCommand(hiddenSwitch: string): readonly string[] {
  const program = process.env['APPIMAGE'] ?? process.execPath;
  return [program, ...(app.isPackaged ? [] : [app.getAppPath()]), hiddenSwitch];
}

function setLinuxAutostart(isOn: boolean, hiddenSwitch: string): void {
  const file = autostartFile();
  if (!isOn) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, describeAutostart(startCommand(hiddenSwitch)));
}

/** Start at login, as chosen: without a window, which the tray opens. */
export function setupLoginItem({
  preferences,
  hiddenSwitch,
  appId,
  logger,
}: {
  readonly preferences: Preferences;
  readonly hiddenSwitch: string;
  /** what the entry is called on Windows, where the installer removes it by that name */
  readonly appId: string;
  readonly logger: Logger;
}): void {
  let isOn = preferences.get().startAtLogin;
  preferences.onChange(({ startAtLogin }) => {
    if (startAtLogin === isOn) return;
    isOn = startAtLogin;
    try {
      if (process.platform === 'linux') setLinuxAutostart(isOn, hiddenSwitch);
      else {
        const [path, ...args] = startCommand(hiddenSwitch);
        app.setLoginItemSettings({ openAtLogin: isOn, path, args, name: appId });
      }
    } catch (thrown) {
      logger.warn('login_item.change_failed', 'start at login could not be changed', {
        error: String(thrown),
      });
    }
  });
}
