import { errorText } from '../errors';
import type { Logger } from '../observability/logger';

/** Errors that the library throws as bare strings, without a stack to know them by (1.34.7, Client.js). */
const bareErrors = new Set(['auth timeout', 'ready timeout']);

/** Did this rejection escape from WhatsApp's library or its browser driver? */
export function isLibraryRejection(reason: unknown): boolean {
  if (typeof reason === 'string') return bareErrors.has(reason);
  if (!(reason instanceof Error)) return false;
  return /[\\/]node_modules[\\/](whatsapp-web\.js|puppeteer(-core)?)[\\/]/.test(reason.stack ?? '');
}

/**
 * The last net: a rejection that escaped inside the library is logged instead of ending the gateway.
 * Every other unhandled rejection ends the process as Node does by itself. @returns what takes it off
 */
export function guardLibraryRejections(logger: Logger): () => void {
  function onRejection(reason: unknown): void {
    if (isLibraryRejection(reason)) {
      logger.error('whatsapp.library_rejected', 'unhandled rejection in the WhatsApp library', {
        error: errorText(reason),
      });
      return;
    }
    // Others that listen decide for themselves; alone, this listener must not swallow what ends a process.
    if (process.listenerCount('unhandledRejection') > 1) return;
    setImmediate(() => {
      throw reason;
    });
  }
  process.on('unhandledRejection', onRejection);
  return () => process.off('unhandledRejection', onRejection);
}
