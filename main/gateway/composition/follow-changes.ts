import { officeId } from '../../contracts/office-number';
import type { ApiKeys } from '../auth/api-keys';
import type { LastSeen } from '../auth/last-seen';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { SocketServer } from '../sockets/socket-server';
import type { Database } from '../storage/database';
import { listenForNotifications } from '../storage/notification-listener';
import { numberOf } from '../whatsapp/office-number';
import type { WhatsAppSessions } from '../whatsapp/whatsapp-sessions';
import type { RunningDirectory } from './tenant-directory';

/** Makes what one part did known to the others: commands and other gateways announce it through the database. */
export function followChanges(parts: {
  readonly system: Database;
  readonly logger: Logger;
  readonly signals: Signals;
  readonly tenants: RunningDirectory;
  readonly keys: ApiKeys;
  readonly sockets: SocketServer;
  readonly contacts: LastSeen;
  readonly sessions: WhatsAppSessions;
}): { stop(): Promise<void> } {
  const { signals, tenants, keys, sockets, contacts, sessions } = parts;

  function forgetKeys(): void {
    keys.invalidate();
    void sockets.recheckKeys();
  }

  const listener = listenForNotifications({
    database: parts.system,
    channel: 'modular_gateway',
    logger: parts.logger,
    onNotification(payload) {
      if (payload === 'tenants') void tenants.refresh();
      if (payload === 'keys') forgetKeys();
      if (payload === 'console sessions') void sockets.recheckConsole();
    },
    onConnected() {
      // Changes may have been missed while nobody listened.
      forgetKeys();
      void tenants.refresh();
      void sockets.recheckConsole();
    },
  });
  signals.on('tenant.removed', ({ customerId }) => {
    sockets.disconnectTenant(customerId);
    contacts.forget(customerId);
    sessions.forget(customerId).catch((thrown: unknown) =>
      parts.logger.warn('whatsapp.session_close_failed', 'whatsapp session could not be closed cleanly', {
        customer_id: customerId,
        error: errorText(thrown),
      }),
    );
  });
  signals.on('whatsapp.state', ({ customerId }) => {
    if (customerId !== officeId) tenants.find(customerId)?.worker.recheckHeld('whatsapp');
    else {
      for (const tenant of tenants.live()) {
        if (numberOf(sessions, tenant) === 'office') tenant.worker.recheckHeld('whatsapp');
      }
    }
  });
  signals.on('whatsapp.received', ({ customerId }) => tenants.find(customerId)?.worker.wake('webhook'));
  return { stop: () => listener.stop() };
}
