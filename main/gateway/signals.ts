import { EventEmitter } from 'node:events';
import type { ChannelName, DeliveryStatus, EventStatus, WhatsAppStatus } from '../contracts/statuses';
import type { TenantSettings } from '../contracts/tenant-settings';

export interface DeliverySummary {
  readonly id: number;
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly status: DeliveryStatus;
  /** why it failed, where it did before anything was tried */
  readonly error?: string;
}

/** How events come in; `row`: somebody inserted it. */
type EventSource = 'http' | 'socket' | 'console' | 'row';

export interface EventProgress {
  readonly customerId: string;
  readonly eventId: number;
  readonly eventType: string;
  readonly status: EventStatus;
  readonly sent: number;
  readonly failed: number;
  readonly total: number;
}

export interface EventOutcome extends EventProgress {
  readonly deliveries: readonly DeliverySummary[];
  readonly error: string | null;
}

export interface DeliveryChange {
  readonly customerId: string;
  readonly deliveryId: number;
  readonly eventId: number | null;
  readonly eventType: string;
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly status: DeliveryStatus;
  readonly messageId: string | null;
}

export interface DeliveryFailure extends DeliveryChange {
  readonly error: string;
  /** snake_case, as the channel named it */
  readonly errorCode?: string | null;
  readonly retryCount: number;
  readonly willRetry: boolean;
  readonly nextAttemptAt: Date | null;
}

export interface WhatsAppChange {
  readonly customerId: string;
  readonly status: WhatsAppStatus;
  readonly kind:
    | 'qr_generated'
    | 'client_ready'
    | 'client_authenticated'
    | 'client_auth_failed'
    | 'client_disconnected'
    | 'client_logged_out';
  /** PNG data URL, with `qr_generated` only */
  readonly qrCode?: string;
  readonly reason?: string;
  readonly at: Date;
}

interface WhatsAppInbound {
  readonly customerId: string;
  readonly messageId: string;
  readonly from: string;
  readonly body: string;
  readonly receivedAt: Date;
}

/** What the gateway tells after a commit. Listeners must not throw; one that does is logged and skipped. */
export interface SignalMap {
  'event.accepted': [{ readonly customerId: string; readonly source: EventSource; readonly count: number }];
  'event.progress': [EventProgress];
  'event.completed': [EventOutcome];
  'event.failed': [EventOutcome];
  'delivery.sent': [DeliveryChange];
  'delivery.delivered': [DeliveryChange];
  'delivery.read': [DeliveryChange];
  'delivery.failed': [DeliveryFailure];
  /** any other change of state that a history page shows: held, unknown, closed, replayed */
  'delivery.changed': [DeliveryChange];
  'whatsapp.changed': [WhatsAppChange];
  /** anything of a session is different, its pairing code or next attempt included; before it is stored */
  'whatsapp.state': [{ readonly customerId: string }];
  'whatsapp.received': [WhatsAppInbound];
  'tenant.added': [{ readonly customerId: string }];
  'tenant.removed': [{ readonly customerId: string }];
  /** something that speaks for the tenant reached this gateway, for the first time in this run */
  'tenant.contact': [{ readonly customerId: string; readonly at: Date; readonly address: string }];
  /** with those now in force */
  'tenant.settings': [{ readonly customerId: string; readonly settings: TenantSettings }];
}

export interface Signals {
  emit<K extends keyof SignalMap>(name: K, ...payload: SignalMap[K]): void;
  /** Returns what takes the listener off again. */
  on<K extends keyof SignalMap>(name: K, listener: (...payload: SignalMap[K]) => void): () => void;
}

export function createSignals(onListenerError: (name: string, thrown: unknown) => void): Signals {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    emit(name, ...payload) {
      for (const listener of emitter.rawListeners(name)) {
        try {
          (listener as (...values: unknown[]) => void)(...payload);
        } catch (thrown) {
          onListenerError(name, thrown);
        }
      }
    },
    on(name, listener) {
      const plain = listener as (...values: unknown[]) => void;
      emitter.on(name, plain);
      return () => emitter.off(name, plain);
    },
  };
}
