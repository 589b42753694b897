import { app } from 'electron';
import { registerConsoleScheme, serveConsolePages } from './app-protocol';
import { setupAttention } from './attention';
import { answerConsoleCalls } from './console-ipc';
import { setupDesktopFolders } from './desktop-folders';
import { createDesktopGateway } from './desktop-gateway';
import { createDesktopHandlers } from './desktop-handlers';
import { createDesktopTexts } from './desktop-texts';
import { setupLoginItem } from './login-item';
import { setupMenu } from './menu';
import { setupNavigationGuard } from './navigation-guard';
import { setupNotifications } from './notifications';
import { setupOrderlyQuit } from './orderly-quit';
import { setupPower } from './power';
import { createPreferences } from './preferences';
import { quitRunningApp, quitSwitch } from './quit-switch';
import { setupSessionEnd } from './session-end';
import { setupTheme } from './theme';
import { setupTray } from './tray';
import { createUpdater } from './updater';
import { createDesktopWindow } from './window';

/** Started by the system at login: nobody asked for a window. */
const hiddenSwitch = '--hidden';
/** electron-builder.yml's. Windows names notifications and the entry at login by it. */
const appId = 'io.modular-gateway.desktop';

/** The desktop app: the gateway, and around it what makes a program of an office PC of it. */
export function startDesktop(): void {
  app.setAppUserModelId(appId);
  const folders = setupDesktopFolders(app);
  if (quitRunningApp(app, process.argv)) return;
  if (!app.requestSingleInstanceLock()) {
    // The first one has been told, and shows its window.
    process.stdout.write('Modular Gateway runs already: its window was brought to the front.\n');
    app.exit(0);
    return;
  }
  registerConsoleScheme();
  const preferences = createPreferences(folders.userData);
  const texts = createDesktopTexts(preferences);
  const gateway = createDesktopGateway(folders);
  const quit = setupOrderlyQuit(gateway);
  const window = createDesktopWindow({ folders, preferences, texts, quit, logger: gateway.logger });
  const updater = createUpdater(gateway.logger, quit);
  setupNavigationGuard(gateway.logger);
  app.on('second-instance', (_event, argv) => {
    if (argv.includes(quitSwitch)) quit.quit();
    else window.show();
  });
  app.on('activate', () => window.show());

  void app.whenReady().then(async () => {
    setupSessionEnd({ quit, refuseUpdates: () => updater.refuseInstallOnQuit() });
    serveConsolePages();
    setupTheme(preferences);
    const handlers = createDesktopHandlers({ folders, gateway, preferences, texts, updater, window });
    answerConsoleCalls({ gateway, handlers, window });
    if (!process.argv.includes(hiddenSwitch)) window.show();
    const attention = setupAttention(gateway);
    setupMenu({ folders, quit, texts, window });
    setupTray({ attention, gateway, preferences, quit, texts, window });
    setupNotifications({ attention, preferences, texts, window });
    setupPower({ attention, gateway });
    setupLoginItem({ preferences, hiddenSwitch, appId, logger: gateway.logger });
    gateway.onState(() => updater.setFeed(gateway.config()?.updateUrl));
    await window.firstPaint();
    gateway.start();
  });
}
