import { Menu, Tray, type MenuItemConstructorOptions } from 'electron';
import type { AttentionWatch } from './attention';
import type { DesktopGateway } from './desktop-gateway';
import type { DesktopTexts } from './desktop-texts';
import { trayIcon, type TrayState } from './icons';
import type { OrderlyQuit } from './orderly-quit';
import type { Preferences } from './preferences';
import type { DesktopWindow } from './window';

interface TrayParts {
  readonly attention: AttentionWatch;
  readonly gateway: DesktopGateway;
  readonly preferences: Preferences;
  readonly quit: OrderlyQuit;
  readonly texts: DesktopTexts;
  readonly window: DesktopWindow;
}

function stateOf({ gateway, attention }: TrayParts): TrayState {
  if (gateway.state().state !== 'running') return 'stopped';
  return attention.now().attention.length > 0 ? 'attention' : 'ok';
}

function describe({ gateway, attention, texts: { t } }: TrayParts): string {
  const { state } = gateway.state();
  if (state !== 'running') return t(`gateway_${state}`);
  const matters = attention.now().attention.length;
  return matters > 0 ? t('needsYou', { number: matters }) : t('gateway_running');
}

function createTemplate(parts: TrayParts): MenuItemConstructorOptions[] {
  const { attention, preferences, quit, texts, window } = parts;
  const { t } = texts;
  const { waiting, sending, failed } = attention.now();
  return [
    { label: t('open'), click: () => window.show() },
    { type: 'separator' },
    { label: describe(parts), enabled: false },
    { label: t('counts', { sending, waiting, failed }), enabled: false },
    { type: 'separator' },
    {
      label: t('startAtLogin'),
      type: 'checkbox',
      checked: preferences.get().startAtLogin,
      click: ({ checked }) => void preferences.set({ startAtLogin: checked }),
    },
    { type: 'separator' },
    { label: t('quit'), click: () => quit.quit() },
  ];
}

/** The icon beside the clock: how it goes, at a glance, and the way back to the window. */
export function setupTray(parts: TrayParts): void {
  const { attention, gateway, texts, window } = parts;
  const tray = new Tray(trayIcon(stateOf(parts)));
  tray.on('click', () => window.show());
  let drawn = '';

  function draw(): void {
    const state = stateOf(parts);
    const { waiting, sending, failed } = attention.now();
    const look = JSON.stringify([state, describe(parts), waiting, sending, failed, parts.preferences.get()]);
    // A menu that is replaced closes under the mouse.
    if (look === drawn) return;
    drawn = look;
    tray.setImage(trayIcon(state));
    tray.setToolTip(`Modular Gateway: ${describe(parts)}`);
    tray.setContextMenu(Menu.buildFromTemplate(createTemplate(parts)));
  }

  draw();
  gateway.onState(draw);
  attention.onChange(draw);
  texts.onChange(draw);
}
