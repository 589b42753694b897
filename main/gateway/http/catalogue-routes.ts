import { Router, type Request } from 'express';
import type { Caller } from '../auth/authentication';
import { createCpuBudget } from '../auth/cpu-budget';
import { GatewayError } from '../errors';
import {
  listEventTypes,
  previewTemplate,
  removeEventType,
  resetTemplate,
  saveEventType,
  saveTemplate,
} from '../events/edit-catalogue';
import type { LiveTenant } from '../live-tenant';
import type { MessageRenderer } from '../messages/message-renderer';
import type { HttpParts } from './http-parts';
import { identifyCaller, readCredentials, requireKey, textField } from './identify-caller';
import { readCheckedBody } from './read-body';
import { parseFields } from './read-query';
import { recordAuditEntry } from './record-audit-entry';
import { eventTypeSchema, previewSchema, saveTemplateSchema, templateKeySchema } from './request-schemas';
import { sendJson } from './send-json';

const catalogueBodyLimit = 2 * 1024 * 1024;
/**
 * Templates are tried out in the one thread that serves everybody. A good one takes a millisecond; one that only
 * ends at its time limit, half a second a part, and a tenant could go on asking for it.
 */
const templateMsPerMinute = 3_000;

/** A path's event type; what cannot be one is simply not there. */
function parseEventType(text: string): string {
  const parsed = eventTypeSchema.shape.type.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new GatewayError('event_type_not_found', 'There is no such event type of your own.', 404);
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

  async function admit(request: Request, body?: unknown): Promise<{ tenant: LiveTenant; caller: Caller }> {
    const claimedCustomerId = textField(request.query, 'customer_id') ?? textField(body, 'customer_id');
    const caller = await identifyCaller(
      parts,
      request,
      readCredentials(parts, request, { claimedCustomerId }),
    );
    return { tenant: parts.tenants.get(caller.customerId), caller };
  }

  /** Changing them takes a key. */
  async function admitToChange(request: Request, body?: unknown) {
    const admitted = await admit(request, body);
    requireKey(admitted.caller, 'Event types and templates are changed with an API key.');
    return admitted;
  }

  router.get('/api/event-types', async (request, response) => {
    const { tenant } = await admit(request);
    sendJson(response, 200, { success: true, event_types: listEventTypes(tenant) });
  });

  router.post('/api/event-types', async (request, response) => {
    const body = await readCheckedBody(request, catalogueBodyLimit);
    const { tenant, caller } = await admitToChange(request, body);
    const eventType = await saveEventType(tenant, rendererOf(tenant), body);
    await recordAuditEntry(parts, request, caller, 'event_type.saved', { event_type: eventType.type });
    sendJson(response, 200, { success: true, event_type: eventType });
  });

  router.delete('/api/event-types/:type', async (request, response) => {
    const { tenant, caller } = await admitToChange(request);
    const type = parseEventType(request.params.type);
    await removeEventType(tenant, type);
    await recordAuditEntry(parts, request, caller, 'event_type.removed', { event_type: type });
    sendJson(response, 200, { success: true });
  });

  router.post('/api/templates', async (request, response) => {
    const body = await readCheckedBody(request, catalogueBodyLimit);
    const { tenant, caller } = await admitToChange(request, body);
    const { template, ...key } = parseFields(saveTemplateSchema, body, 'invalid_template');
    const preview = await saveTemplate(tenant, rendererOf(tenant), key, template);
    await recordAuditEntry(parts, request, caller, 'template.saved', key);
    sendJson(response, 200, { success: true, preview });
  });

  router.post('/api/templates/preview', async (request, response) => {
    const body = await readCheckedBody(request, catalogueBodyLimit);
    const { tenant } = await admit(request, body);
    const { template, event_data, ...key } = parseFields(previewSchema, body, 'invalid_template');
    sendJson(response, 200, {
      success: true,
      preview: previewTemplate(tenant, rendererOf(tenant), key, template, event_data),
    });
  });

  router.post('/api/templates/reset', async (request, response) => {
    const body = await readCheckedBody(request, catalogueBodyLimit);
    const { tenant, caller } = await admitToChange(request, body);
    const key = parseFields(templateKeySchema, body, 'invalid_template');
    const changed = await resetTemplate(tenant, key);
    if (changed) await recordAuditEntry(parts, request, caller, 'template.reset', key);
    sendJson(response, 200, { success: true, changed });
  });
  return router;
}
