import { app, BrowserWindow } from 'electron';
import { isWhatsAppHost, runWhatsAppHost } from './desktop/whatsapp-host';

// A session's browser is this same program in another role: it takes no lock and loads nothing of the app.
if (isWhatsAppHost(process.argv)) {
  runWhatsAppHost({ app, BrowserWindow });
} else {
  // Awaited here: Electron is ready only after this module, and some things must be said before.
  const { startDesktop } = await import('./desktop/start-desktop');
  startDesktop();
}
