import { app } from 'electron';
import type { AppUpdater } from 'electron-updater';
import type { CallOutput } from '../contracts/console/console-calls';
import { errorText, GatewayError } from '../gateway/errors';
import type { Logger } from '../gateway/observability/logger';
import type { OrderlyQuit } from './orderly-quit';
import { createSignedFeed } from './signed-update-provider';

type UpdateState = CallOutput<'desktop.update'>;

const checkEveryMs = 6 * 3_600_000;

export interface Updater {
  state(): UpdateState;
  /** Looks now. Off where no server is configured. */
  check(): Promise<UpdateState>;
  /** Ends the app in order and comes back as the new version. @throws GatewayError `no_update` */
  install(): void;
  /** The session ends: an installer that is started now would leave half an app. */
  refuseInstallOnQuit(): void;
  /** Looks there from here on, now and every few hours; undefined: never. (GATEWAY_UPDATE_URL) */
  setFeed(url: string | undefined): void;
}

/**
 * Updates from the operator's own server: `latest*.yml` and the installers of electron-builder. Taken only over https
 * and when the description is signed by the key that this app carries; the installers are checked against the
 * checksums in it. Only an installed app can be replaced.
 */
export function createUpdater(logger: Logger, quit: Pick<OrderlyQuit, 'quit'>): Updater {
  let state: UpdateState = { state: 'off', version: null, error: null };
  let opened: Promise<AppUpdater> | undefined;
  let feed: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function open(): Promise<AppUpdater> {
    const { default: library } = await import('electron-updater');
    const { autoUpdater } = library;
    autoUpdater.logger = null;
    autoUpdater.autoDownload = true;
    autoUpdater.autoInstallOnAppQuit = true;
    const set = (next: UpdateState['state'], version = state.version, error: string | null = null) => {
      state = { state: next, version, error };
    };
    autoUpdater.on('checking-for-update', () => set('checking'));
    autoUpdater.on('update-available', ({ version }) => set('downloading', version));
    autoUpdater.on('update-not-available', () => set('idle', null));
    autoUpdater.on('update-downloaded', ({ version }) => set('ready', version));
    autoUpdater.on('error', (thrown) => {
      set('failed', state.version, errorText(thrown).split('\n')[0]);
      logger.warn('update.failed', 'update failed', { error: state.error });
    });
    return autoUpdater;
  }

  async function check(): Promise<UpdateState> {
    if (feed === undefined || state.state === 'ready') return state;
    try {
      const autoUpdater = await (opened ??= open());
      autoUpdater.setFeedURL(await createSignedFeed(feed, app.getAppPath()));
      await autoUpdater.checkForUpdates();
    } catch (thrown) {
      state = { ...state, state: 'failed', error: errorText(thrown).split('\n')[0] ?? '' };
    }
    return state;
  }

  return {
    state: () => state,
    check,
    install() {
      if (state.state !== 'ready')
        throw new GatewayError('no_update', 'There is no update to install yet.', 409);
      // In this order: the installer ends whatever still runs of the app, in the middle of what it does.
      void opened?.then((autoUpdater) => quit.quit({ then: () => autoUpdater.quitAndInstall() }));
    },
    refuseInstallOnQuit() {
      void opened?.then((autoUpdater) => {
        autoUpdater.autoInstallOnAppQuit = false;
      });
    },
    setFeed(url) {
      const next = app.isPackaged ? url : undefined;
      if (next === feed) return;
      feed = next;
      clearInterval(timer);
      state = { state: feed === undefined ? 'off' : 'idle', version: null, error: null };
      if (feed === undefined) return;
      timer = setInterval(() => void check(), checkEveryMs);
      void check();
    },
  };
}
