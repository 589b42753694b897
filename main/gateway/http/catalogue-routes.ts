import { Router } from 'express';
import { createCpuBudget } from '../auth/cpu-budget';
import { GatewayError } from '../errors';
import {
  listEventTypes,
  type ListedEventType,
  previewTemplate,
  removeEventType,
  resetTemplate,
  saveEventType,
  saveTemplate,
} from '../events/edit-catalogue';
import type { LiveTenant } from '../live-tenant';
import type { MessageRenderer } from '../messages/message-renderer';
import type { HttpParts } from './http-parts';
import { mountTenantRoute } from './mount-route';
import { parseFields } from './read-query';
import { recordAuditEntry } from './record-audit-entry';
import { eventTypeSchema, previewSchema, saveTemplateSchema, templateKeySchema } from './request-schemas';
import { sendJson } from './send-json';

/**
 * Templates are tried out in the one thread that serves everybody. A good one takes a millisecond; one that only
 * ends at its time limit, half a second a part, and a tenant could go on asking for it.
 */
const templateMsPerMinute = 3_000;

/** A path's event type; what cannot be one is simply not there. */
function parseEventType(text: unknown, notFound: string): string {
  const parsed = eventTypeSchema.shape.type.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new GatewayError('event_type_not_found', notFound, 404);
}

/** A list of two hundred holds what tells them apart; what is said to whom comes one at a time. */
function withoutTexts({ sample: _sample, audiences, ...others }: ListedEventType) {
  return {
    ...others,
    audiences: audiences.map(({ templates, ...audience }) => ({
      ...audience,
      channels: (['email', 'whatsapp'] as const).filter((channel) => templates[channel] !== undefined),
    })),
  };
}

/** Event types and templates of a tenant, as data. Changing them takes a key: a page's token only sends. */
export function createCatalogueRoutes(parts: HttpParts, renderer: MessageRenderer): Router {
  const router = Router();
  const budget = createCpuBudget(
    templateMsPerMinute,
    'milliseconds of trying out templates for this customer in a minute',
  );

  /** The renderer at this tenant's cost. */
  const rendererOf = ({ customerId }: LiveTenant): MessageRenderer => ({
    ...renderer,
    checkTemplate: (template) => budget.spend(customerId, () => renderer.checkTemplate(template)),
    preview: (...rest) => budget.spend(customerId, () => renderer.preview(...rest)),
  });

  mountTenantRoute(router, parts, 'GET /api/event-types', ({ response, tenant }) => {
    sendJson(response, 200, { success: true, event_types: listEventTypes(tenant).map(withoutTexts) });
  });

  mountTenantRoute(router, parts, 'GET /api/event-types/:type', ({ request, response, tenant }) => {
    const type = parseEventType(request.params['type'], 'There is no such event type.');
    const found = listEventTypes(tenant).find((listed) => listed.type === type);
    if (!found) throw new GatewayError('event_type_not_found', 'There is no such event type.', 404);
    sendJson(response, 200, { success: true, event_type: found });
  });

  mountTenantRoute(router, parts, 'POST /api/event-types', async (call) => {
    const { request, response, tenant, caller, body } = call;
    const eventType = await saveEventType(tenant, rendererOf(tenant), body);
    await recordAuditEntry(parts, request, caller, 'event_type.saved', { event_type: eventType.type });
    sendJson(response, 200, { success: true, event_type: eventType });
  });

  mountTenantRoute(router, parts, 'DELETE /api/event-types/:type', async (call) => {
    const { request, response, tenant, caller } = call;
    const type = parseEventType(request.params['type'], 'There is no such event type of your own.');
    await removeEventType(tenant, type);
    await recordAuditEntry(parts, request, caller, 'event_type.removed', { event_type: type });
    sendJson(response, 200, { success: true });
  });

  mountTenantRoute(router, parts, 'POST /api/templates', async (call) => {
    const { request, response, tenant, caller, body } = call;
    const { template, ...key } = parseFields(saveTemplateSchema, body, 'invalid_template');
    const preview = await saveTemplate(tenant, rendererOf(tenant), key, template);
    await recordAuditEntry(parts, request, caller, 'template.saved', key);
    sendJson(response, 200, { success: true, preview });
  });

  mountTenantRoute(router, parts, 'POST /api/templates/preview', ({ response, tenant, body }) => {
    const { template, event_data, ...key } = parseFields(previewSchema, body, 'invalid_template');
    sendJson(response, 200, {
      success: true,
      preview: previewTemplate(tenant, rendererOf(tenant), key, template, event_data),
    });
  });

  mountTenantRoute(router, parts, 'POST /api/templates/reset', async (call) => {
    const { request, response, tenant, caller, body } = call;
    const key = parseFields(templateKeySchema, body, 'invalid_template');
    const changed = await resetTemplate(tenant, key);
    if (changed) await recordAuditEntry(parts, request, caller, 'template.reset', key);
    sendJson(response, 200, { success: true, changed });
  });
  return router;
}
