import type { ElectronApplication } from 'playwright-core';
import { inMain } from './in-main';

/** What a person at the PC would see outside the window, and what the system would be asked for. */
export interface ShellWatch {
  /** sentences of the notifications that are shown, the oldest first */
  notifications(): Promise<string[]>;
  /** A click on the newest notification that says this. */
  clickNotification(body: string): Promise<void>;
  /** Is the machine kept awake? As the system itself says. */
  isKeptAwake(): Promise<boolean>;
  /** What the next dialogs for a place and for a file answer; undefined: cancelled. */
  answerDialogs(answers: { readonly save?: string; readonly open?: string }): Promise<void>;
  /** the options of the dialogs so far */
  dialogs(): Promise<{ defaultPath?: string; title?: string; filters?: unknown }[]>;
}

interface Seen {
  readonly notifications: Electron.Notification[];
  readonly blockers: number[];
  readonly dialogs: { defaultPath?: string; title?: string; filters?: unknown }[];
  answers: { save?: string; open?: string };
}

/** Stands where Electron talks to the system: nobody can press a button of the system's own dialogs here. */
export async function watchShell(app: ElectronApplication): Promise<ShellWatch> {
  await inMain(app, ({ Notification, dialog, powerSaveBlocker }) => {
    const seen: Seen = { notifications: [], blockers: [], dialogs: [], answers: {} };
    (globalThis as unknown as { seen: Seen }).seen = seen;
    // This system has nobody who shows them.
    Notification.isSupported = () => true;
    Notification.prototype.show = function () {
      seen.notifications.push(this);
    };
    Notification.prototype.close = function () {
      const index = seen.notifications.indexOf(this);
      if (index >= 0) seen.notifications.splice(index, 1);
      this.emit('close');
    };
    const start = powerSaveBlocker.start.bind(powerSaveBlocker);
    powerSaveBlocker.start = (type) => {
      const id = start(type);
      if (type === 'prevent-app-suspension') seen.blockers.push(id);
      return id;
    };
    const take = (options: unknown) => seen.dialogs.push(options as Seen['dialogs'][number]);
    dialog.showSaveDialog = (...given: unknown[]) => {
      take(given.at(-1));
      const { save } = seen.answers;
      return Promise.resolve({ canceled: save === undefined, filePath: save ?? '' });
    };
    dialog.showOpenDialog = (...given: unknown[]) => {
      take(given.at(-1));
      const { open } = seen.answers;
      return Promise.resolve({ canceled: open === undefined, filePaths: open === undefined ? [] : [open] });
    };
  });
  return {
    notifications: () =>
      inMain(app, () => (globalThis as unknown as { seen: Seen }).seen.notifications.map(({ body }) => body)),
    clickNotification: (body) =>
      inMain(
        app,
        (_electron, wanted) => {
          const { notifications } = (globalThis as unknown as { seen: Seen }).seen;
          const found = notifications.findLast((one) => one.body === wanted);
          if (!found) throw new Error(`no notification says ${wanted}`);
          found.emit('click');
        },
        body,
      ),
    isKeptAwake: () =>
      inMain(app, ({ powerSaveBlocker }) =>
        (globalThis as unknown as { seen: Seen }).seen.blockers.some((id) => powerSaveBlocker.isStarted(id)),
      ),
    answerDialogs: (answers) =>
      inMain(
        app,
        (_electron, given) => {
          (globalThis as unknown as { seen: Seen }).seen.answers = given;
        },
        answers,
      ),
    dialogs: () => inMain(app, () => (globalThis as unknown as { seen: Seen }).seen.dialogs),
  };
}
