import { type GatewayState } from './desktop-calls';
import { type LogLine } from './gateway-calls';
import { type HistoryRow } from './history-calls';
import { type Attention } from './overview-calls';
import { type Operation } from './parts';
import { type WhatsAppCard } from './whatsapp-calls';

/** A delivery that changed; what a list needs to change its row, or to show that there are new ones. */
export type DeliveryChangePush = Pick<
  HistoryRow,
  | 'customerId'
  | 'id'
  | 'eventId'
  | 'eventType'
  | 'channel'
  | 'recipient'
  | 'status'
  | 'error'
  | 'nextAttemptAt'
>;

/** What the gateway tells its windows without being asked. Gathered: at most four of a kind in a second. */
export interface ConsolePushes {
  'gateway.state': GatewayState;
  /** each delivery's last state only; at most 500, `more` when there were others */
  'deliveries.changed': { readonly changes: readonly DeliveryChangePush[]; readonly more: boolean };
  /** counts, hours or the list of what needs a person are no longer those of the last answer */
  'overview.changed': { readonly attention: readonly Attention[] };
  'whatsapp.changed': WhatsAppCard;
  'tenants.changed': Record<string, never>;
  'operation.changed': Operation;
  /** only to windows that asked for it by `logs.watch` */
  'logs.lines': { readonly lines: readonly LogLine[] };
  /** something that speaks for the tenant reached the gateway, for the first time in this run */
  'setup.contact': { readonly customerId: string; readonly at: string; readonly address: string };
  /** the desktop's menu or tray asks for a page */
  'desktop.navigate': { readonly path: string };
  /** headless: this login is over */
  'session.ended': { readonly reason: string };
}

export type ConsolePushName = keyof ConsolePushes;
export type ConsolePush = {
  readonly [N in ConsolePushName]: { readonly name: N; readonly payload: ConsolePushes[N] };
}[ConsolePushName];
