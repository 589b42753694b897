import { app, session, shell } from 'electron';
import type { Logger } from '../gateway/observability/logger';
import { isAllowedLink } from './allowed-links';
import { consoleOrigin } from './app-protocol';

/** A frame of the app may show a mail (`srcdoc`), and be empty. */
const innerPages = ['about:srcdoc', 'about:blank'];

function isOwnPage(address: string): boolean {
  return URL.canParse(address) && address.startsWith(`${consoleOrigin}/`);
}

/** Pages of the app stay pages of the app: no other address, no other window, nothing of the machine. */
export function setupNavigationGuard(logger: Logger): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-frame-navigate', (details) => {
      const isAllowed = details.isMainFrame ? isOwnPage(details.url) : innerPages.includes(details.url);
      if (isAllowed) return;
      details.preventDefault();
      logger.warn('navigation.refused', 'navigation refused', { to: details.url.slice(0, 200) });
    });
    contents.on('will-redirect', (details) => details.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      // The system's browser shows it, where it is one of those that the app knows.
      if (isAllowedLink(url)) void shell.openExternal(url);
      else logger.warn('link.refused', 'link refused', { to: url.slice(0, 200) });
      return { action: 'deny' };
    });
  });
  void app.whenReady().then(() => {
    const own = session.defaultSession;
    own.setPermissionRequestHandler((contents, permission, answer) =>
      answer(permission === 'clipboard-sanitized-write' && isOwnPage(contents.getURL())),
    );
    own.setPermissionCheckHandler(
      (_contents, permission, origin) =>
        permission === 'clipboard-sanitized-write' && isOwnPage(`${origin.replace(/\/$/, '')}/`),
    );
    own.setDevicePermissionHandler(() => false);
    // Files leave through `desktop.saveFile`, which asks where to.
    own.on('will-download', (event) => event.preventDefault());
  });
}
