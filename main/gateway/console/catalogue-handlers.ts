import type { CallOutput, CheckedInput } from '../../contracts/console/console-calls';
import type { tenantCalls } from '../../contracts/console/tenant-calls';
import { GatewayError } from '../errors';
import {
  listEventTypes,
  previewTemplate,
  removeEventType,
  resetTemplate,
  saveEventType,
  saveTemplate,
  type TemplateKey,
} from '../events/edit-catalogue';
import type { MessagePreview } from '../messages/message-renderer';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';

type CatalogueCalls = Extract<keyof typeof tenantCalls, `eventTypes.${string}` | `templates.${string}`>;
type WindowKey = CheckedInput<'templates.reset'>['template'];

const recentEvents = 20;

/** Event types of tenants and the templates of their messages. */
export function createCatalogueHandlers(parts: ConsoleParts): ConsoleHandlers<CatalogueCalls> {
  const { tenants, renderer, audit } = parts;
  return {
    async 'eventTypes.list'({ customerId }) {
      const live = tenants.get(customerId);
      const changed = await live.catalogueStore.listTemplates();
      return {
        eventTypes: listEventTypes(live).map(({ built_in, ...eventType }) => ({
          ...eventType,
          builtIn: built_in,
          changedTemplates: changed
            .filter((row) => row.event_type === eventType.type)
            .map((row) => `${row.audience}/${row.channel}`),
        })),
      };
    },
    async 'eventTypes.save'({ customerId, definition }, caller) {
      const saved = await saveEventType(tenants.get(customerId), renderer, definition);
      await audit.record({
        actor: caller.actor,
        action: 'event_type.saved',
        customerId,
        detail: { event_type: saved.type },
      });
      return {};
    },
    async 'eventTypes.remove'({ customerId, eventType }, caller) {
      await removeEventType(tenants.get(customerId), eventType);
      await audit.record({
        actor: caller.actor,
        action: 'event_type.removed',
        customerId,
        detail: { event_type: eventType },
      });
      return {};
    },
    async 'eventTypes.recent'({ customerId, eventType }) {
      const events = await tenants.get(customerId).summary.recentEvents(eventType, recentEvents);
      return {
        events: events.map(({ id, created_at, event_data }) => ({
          eventId: id,
          at: created_at.toISOString(),
          data: event_data,
        })),
      };
    },
    'templates.preview'({ customerId, template, texts, data }) {
      const live = tenants.get(customerId);
      return Promise.resolve(toPreview(previewTemplate(live, renderer, toKey(template), texts, data)));
    },
    async 'templates.save'({ customerId, template, texts }, caller) {
      const key = toKey(template);
      await saveTemplate(tenants.get(customerId), renderer, key, texts).catch((thrown: unknown) => {
        throw withPaths(thrown);
      });
      await audit.record({ actor: caller.actor, action: 'template.saved', customerId, detail: key });
      return {};
    },
    async 'templates.reset'({ customerId, template }, caller) {
      const key = toKey(template);
      const wasChanged = await resetTemplate(tenants.get(customerId), key);
      if (wasChanged) {
        await audit.record({ actor: caller.actor, action: 'template.reset', customerId, detail: key });
      }
      return {};
    },
  };
}

function toKey({ eventType, audience, channel }: WindowKey): TemplateKey {
  return { event_type: eventType, audience, channel };
}

function toPreview(preview: MessagePreview): CallOutput<'templates.preview'> {
  return {
    email: preview.email ?? null,
    whatsapp: preview.whatsapp ?? null,
    problems: preview.problems.map(({ channel, part, message, line }) => ({
      channel,
      part,
      message,
      line: line ?? null,
    })),
    unknownFields: [...preview.unknownFields],
  };
}

/** Problems of a template in the form that every form of the console shows. */
function withPaths(thrown: unknown): unknown {
  if (!(thrown instanceof GatewayError) || thrown.code !== 'template_invalid') return thrown;
  const problems = thrown.details as readonly { part: string; line?: number; message: string }[];
  return new GatewayError(
    thrown.code,
    thrown.message,
    thrown.httpStatus,
    problems.map(({ part, line, message }) => ({ path: part, line: line ?? null, message })),
  );
}
