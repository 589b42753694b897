import { join } from 'node:path';
import { app, Menu, shell, type MenuItemConstructorOptions } from 'electron';
import type { DesktopFolders } from './desktop-folders';
import type { DesktopTexts } from './desktop-texts';
import type { OrderlyQuit } from './orderly-quit';
import type { DesktopWindow } from './window';

/** In the order of the console's own navigation; Ctrl or Cmd and the number opens them. */
const pages = [
  { text: 'overview', path: '/' },
  { text: 'tenants', path: '/tenants' },
  { text: 'whatsapp', path: '/whatsapp' },
  { text: 'history', path: '/history' },
  { text: 'logs', path: '/logs' },
  { text: 'settings', path: '/settings' },
] as const;

interface MenuParts {
  readonly folders: DesktopFolders;
  readonly quit: OrderlyQuit;
  readonly texts: DesktopTexts;
  readonly window: DesktopWindow;
}

function createTemplate({ folders, quit, texts: { t }, window }: MenuParts): MenuItemConstructorOptions[] {
  const quitItem = { label: t('quit'), accelerator: 'CmdOrCtrl+Q', click: () => quit.quit() };
  const openPages = pages.map(({ text, path }, index) => ({
    label: t(text),
    accelerator: `CmdOrCtrl+${index + 1}`,
    click: () => window.show(path),
  }));
  const separator = { type: 'separator' } as const;
  return [
    ...(process.platform === 'darwin'
      ? [
          {
            label: app.name,
            submenu: [
              { role: 'about', label: t('about') } as const,
              separator,
              { role: 'hide', label: t('hide') } as const,
              separator,
              quitItem,
            ],
          },
        ]
      : []),
    { label: t('file'), submenu: [...openPages, separator, quitItem] },
    {
      label: t('edit'),
      submenu: [
        { role: 'undo', label: t('undo') },
        { role: 'redo', label: t('redo') },
        separator,
        { role: 'cut', label: t('cut') },
        { role: 'copy', label: t('copy') },
        { role: 'paste', label: t('paste') },
        { role: 'selectAll', label: t('selectAll') },
      ],
    },
    {
      label: t('view'),
      submenu: [
        { role: 'resetZoom', label: t('zoomReset') },
        { role: 'zoomIn', label: t('zoomIn') },
        { role: 'zoomOut', label: t('zoomOut') },
        separator,
        { role: 'togglefullscreen', label: t('fullScreen') },
        // For those who work on it. In an installed app a page has nothing to be reloaded for.
        ...(app.isPackaged
          ? []
          : [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]),
      ],
    },
    {
      label: t('help'),
      submenu: [
        {
          label: t('openLogs'),
          click: () => void shell.openPath(join(folders.dataDir, 'logs')),
        },
        ...(process.platform === 'darwin' ? [] : [{ role: 'about', label: t('about') } as const]),
      ],
    },
  ];
}

/** The native menu with its shortcuts, in the language of the preferences. */
export function setupMenu(parts: MenuParts): void {
  const set = () => Menu.setApplicationMenu(Menu.buildFromTemplate(createTemplate(parts)));
  set();
  parts.texts.onChange(set);
}
