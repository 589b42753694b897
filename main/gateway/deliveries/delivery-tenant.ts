import type { EmailTemplate, EventType, WhatsAppTemplate } from '../../contracts/event-types';
import type { ChannelName } from '../../contracts/statuses';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { Channel, ChannelTenant } from '../channels/channel';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { DeliveryStore } from '../storage/delivery-store';
import type { EventStore } from '../storage/event-store';
import type { RenderThrottle } from './render-throttle';

/** The templates of one audience of an event type, the tenant's own ones where it has them. */
export interface MessageTemplates {
  readonly eventType: Pick<EventType, 'type' | 'title' | 'fallback'>;
  /** where the audience's email address stands in the event's data */
  readonly emailField?: string;
  readonly email?: EmailTemplate;
  readonly whatsapp?: WhatsAppTemplate;
}

/** What the engine needs to know of a tenant; settings and templates change while it runs. */
export interface DeliveryTenant extends ChannelTenant {
  readonly settings: TenantSettings;
  readonly paused: boolean;
  readonly deliveries: DeliveryStore;
  readonly events: EventStore;
  /** in base64, the files of messages that no event made, by delivery, while their senders wait for the outcome */
  readonly awaitedContents: Map<number, string>;
  templatesFor(eventType: string, audience: string): MessageTemplates | undefined;
}

/** What all lanes of all tenants share. */
export interface DeliveryEngineParts {
  readonly channels: ReadonlyMap<ChannelName, Channel>;
  readonly render: RenderThrottle;
  readonly signals: Signals;
  readonly logger: Logger;
  /** marks this gateway's claims; its advisory lock tells others that it lives */
  readonly instance: number;
  /** Does anyone watch this tenant live? Results nobody sees are not read back from the database. */
  isWatched(customerId: string): boolean;
}
