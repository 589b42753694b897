import type { Server } from 'socket.io';
import type { DeliveryChange, EventOutcome, EventProgress, Signals, WhatsAppChange } from '../signals';
import type { ConnectionList } from './connection-list';

/** A tenant's sockets are in the room of this name, and in no other tenant's. */
export function tenantRoom(customerId: string): string {
  return `tenant:${customerId}`;
}

/** The sockets that a tenant has at other gateways. */
export interface SocketsElsewhere {
  isWatched(customerId: string): boolean;
  emit(customerId: string, name: string, payload: object): void;
  /** A socket of that tenant is here, or comes at once: resolves when the other gateways know. */
  announce(customerId: string): Promise<void>;
  /** The last one went. */
  withdraw(customerId: string): void;
}

/** Sends every signal to the sockets of its tenant, here and at other gateways. @returns what ends it */
export function broadcastSignals(
  server: Server,
  signals: Signals,
  connections: ConnectionList,
  elsewhere?: SocketsElsewhere,
): () => void {
  const send = (customerId: string, name: string, payload: object) => {
    // Nothing is built or encoded for a room where nobody is.
    if (connections.count(customerId) > 0) server.to(tenantRoom(customerId)).emit(name, payload);
    if (elsewhere?.isWatched(customerId)) elsewhere.emit(customerId, name, payload);
  };
  const subscriptions = [
    signals.on('event.progress', (event) => send(event.customerId, 'event:progress', toProgress(event))),
    signals.on('event.completed', (event) => send(event.customerId, 'event:completed', toOutcome(event))),
    signals.on('event.failed', (event) =>
      send(event.customerId, 'event:failed', { ...toOutcome(event), error: event.error }),
    ),
    signals.on('delivery.sent', (change) => send(change.customerId, 'message:sent', toMessage(change))),
    signals.on('delivery.delivered', (change) =>
      send(change.customerId, 'message:delivered', toMessage(change)),
    ),
    signals.on('delivery.read', (change) => send(change.customerId, 'message:read', toMessage(change))),
    signals.on('delivery.failed', (failure) =>
      send(failure.customerId, 'message:failed', {
        ...toMessage(failure),
        error: failure.error,
        retry_count: failure.retryCount,
        will_retry: failure.willRetry,
        next_attempt_at: failure.nextAttemptAt?.toISOString() ?? null,
      }),
    ),
    signals.on('whatsapp.changed', (change) =>
      send(change.customerId, `whatsapp:${change.kind}`, toWhatsApp(change)),
    ),
    signals.on('whatsapp.received', (inbound) =>
      send(inbound.customerId, 'whatsapp:message_received', {
        customer_id: inbound.customerId,
        message_id: inbound.messageId,
        from: inbound.from,
        body: inbound.body,
        timestamp: inbound.receivedAt.toISOString(),
      }),
    ),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}

function toProgress(event: EventProgress) {
  const settled = event.sent + event.failed;
  return {
    event_id: event.eventId,
    customer_id: event.customerId,
    event_type: event.eventType,
    status: event.status,
    progress: event.total === 0 ? 100 : Math.min(100, Math.round((settled / event.total) * 100)),
    sent: event.sent,
    failed: event.failed,
    total: event.total,
  };
}

function toOutcome(event: EventOutcome) {
  return { ...toProgress(event), result: { deliveries: event.deliveries } };
}

function toMessage(change: DeliveryChange) {
  return {
    delivery_id: change.deliveryId,
    event_id: change.eventId,
    customer_id: change.customerId,
    event_type: change.eventType,
    channel: change.channel,
    recipient: change.recipient,
    message_id: change.messageId,
    status: change.status,
  };
}

function toWhatsApp(change: WhatsAppChange) {
  return {
    customer_id: change.customerId,
    status: change.status,
    timestamp: change.at.toISOString(),
    ...(change.qrCode === undefined ? {} : { qr: change.qrCode, qr_code: change.qrCode }),
    ...(change.reason === undefined ? {} : { reason: change.reason }),
  };
}
