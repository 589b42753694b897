import { app, BrowserWindow } from 'electron';
import { isCommandLine, runCommandLine } from './desktop/command-line';
import { isWhatsAppHost, runWhatsAppHost } from './desktop/whatsapp-host';

// A session's browser is this same program in another role: it takes no lock and loads nothing of the app.
if (isWhatsAppHost(process.argv)) {
  runWhatsAppHost({ app, BrowserWindow });
} else if (isCommandLine(process.argv)) {
  // Not awaited: Electron is ready only after this module. Nor does it take the lock: it works beside a running app.
  void runCommandLine();
} else {
  // Awaited here: Electron is ready only after this module, and some things must be said before.
  const { startDesktop } = await import('./desktop/start-desktop');
  startDesktop();
}
