import { copyFile, constants } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { app, shell } from 'electron';
import type { CallOutput, CheckedInput, DesktopCallName } from '../contracts/console/console-calls';
import { errorCode, GatewayError } from '../gateway/errors';
import type { DesktopFolders } from './desktop-folders';
import type { DesktopGateway } from './desktop-gateway';
import type { DesktopTexts } from './desktop-texts';
import type { Preferences } from './preferences';
import type { Updater } from './updater';
import type { DesktopWindow } from './window';

export type DesktopHandlers = {
  readonly [N in DesktopCallName]: (input: CheckedInput<N>) => Promise<CallOutput<N>> | CallOutput<N>;
};

export interface DesktopHandlerParts {
  readonly folders: DesktopFolders;
  readonly gateway: DesktopGateway;
  readonly preferences: Preferences;
  readonly texts: DesktopTexts;
  readonly updater: Updater;
  readonly window: DesktopWindow;
}

/** What the shell itself does for its window; all of it also while the gateway is not up. */
export function createDesktopHandlers(parts: DesktopHandlerParts): DesktopHandlers {
  const { folders, gateway, preferences, texts, updater, window } = parts;
  return {
    'desktop.state': () => gateway.state(),
    'desktop.startGateway'() {
      gateway.start();
      return {};
    },
    'desktop.getPreferences': () => preferences.get(),
    'desktop.setPreferences': (changes) => preferences.set(changes),
    async 'desktop.openLogsFolder'() {
      const problem = await shell.openPath(join(folders.dataDir, 'logs'));
      if (problem !== '') throw new GatewayError('not_opened', problem);
      return {};
    },
    async 'desktop.saveFile'({ downloadToken, name }) {
      const file = gateway.console()?.openDownload(downloadToken, { role: 'operator' });
      if (!file) throw new GatewayError('not_found', 'That file is no longer there. Make it again.', 404);
      const savedTo = await window.askWhereToSave(join(app.getPath('downloads'), basename(name)));
      if (savedTo !== undefined) await copyFile(file.path, savedTo);
      return { savedTo: savedTo ?? null };
    },
    async 'desktop.importBackup'() {
      const chosen = await window.askForFile(texts.t('chooseBackup'), texts.t('backups'), ['gz']);
      if (chosen === undefined) return { name: null };
      return { name: await takeBackup(gateway, chosen) };
    },
    'desktop.update': () => updater.state(),
    'desktop.checkForUpdate': () => updater.check(),
    'desktop.installUpdate'() {
      updater.install();
      return {};
    },
  };
}

/** Puts a backup beside the gateway's own, and never over one of them. */
async function takeBackup(gateway: DesktopGateway, path: string): Promise<string> {
  const listed = await gateway.console()?.call(
    'backups.list',
    {},
    {
      actor: 'console',
      windowId: 'desktop',
      role: 'operator',
    },
  );
  if (!listed?.ok) {
    throw new GatewayError('gateway_not_running', listed?.problem.message ?? 'The gateway is not running.');
  }
  const { folder } = listed.value as CallOutput<'backups.list'>;
  const name = basename(path);
  try {
    await copyFile(path, join(folder, name), constants.COPYFILE_EXCL);
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') throw thrown;
    throw new GatewayError('name_taken', `There is a backup called ${name} already.`, 409);
  }
  return name;
}
