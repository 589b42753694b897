import { Router, type Request } from 'express';
import { z } from 'zod';
import { GatewayError } from '../errors';
import {
  listEventTypes,
  previewTemplate,
  removeEventType,
  resetTemplate,
  saveEventType,
  saveTemplate,
  templateKeySchema,
  templateTextsSchema,
} from '../events/edit-catalogue';
import type { LiveTenant } from '../live-tenant';
import type { MessageRenderer } from '../messages/create-message-renderer';
import type { HttpParts } from './http-parts';
import { identifyCaller, readCredentials, textField } from './identify-caller';
import { readBody } from './read-body';
import { parseFields } from './read-query';
import { sendJson } from './send-json';

const catalogueBodyLimit = 2 * 1024 * 1024;
export const previewSchema = templateKeySchema.extend({
  template: templateTextsSchema.optional(),
  event_data: z.record(z.string(), z.unknown()).optional(),
});
export const saveTemplateSchema = templateKeySchema.extend({ template: templateTextsSchema });

/** Event types and templates of a tenant, as data. Changing them takes a key: a page's token only sends. */
export function createCatalogueRoutes(parts: HttpParts, renderer: MessageRenderer): Router {
  const router = Router();

  async function tenantOf(request: Request, body: unknown, toChange: boolean): Promise<LiveTenant> {
    const claimedCustomerId = textField(request.query, 'customer_id') ?? textField(body, 'customer_id');
    const caller = await identifyCaller(
      parts,
      request,
      readCredentials(parts, request, { claimedCustomerId }),
    );
    if (toChange && caller.via !== 'key' && caller.via !== 'trusted-source') {
      throw new GatewayError('key_required', 'Event types and templates are changed with an API key.', 403);
    }
    return parts.tenants.get(caller.customerId);
  }

  router.get('/api/event-types', async (request, response) => {
    const tenant = await tenantOf(request, undefined, false);
    sendJson(response, 200, { success: true, event_types: listEventTypes(tenant) });
  });

  router.post('/api/event-types', async (request, response) => {
    const body = await readBody(request, catalogueBodyLimit);
    const tenant = await tenantOf(request, body, true);
    sendJson(response, 200, { success: true, event_type: await saveEventType(tenant, renderer, body) });
  });

  router.delete('/api/event-types/:type', async (request, response) => {
    const tenant = await tenantOf(request, undefined, true);
    await removeEventType(tenant, request.params.type);
    sendJson(response, 200, { success: true });
  });

  router.post('/api/templates', async (request, response) => {
    const body = await readBody(request, catalogueBodyLimit);
    const tenant = await tenantOf(request, body, true);
    const { template, ...key } = parseFields(saveTemplateSchema, body, 'invalid_template');
    const preview = await saveTemplate(tenant, renderer, key, template);
    sendJson(response, 200, { success: true, preview });
  });

  router.post('/api/templates/preview', async (request, response) => {
    const body = await readBody(request, catalogueBodyLimit);
    const tenant = await tenantOf(request, body, false);
    const { template, event_data, ...key } = parseFields(previewSchema, body, 'invalid_template');
    sendJson(response, 200, {
      success: true,
      preview: previewTemplate(tenant, renderer, key, template, event_data),
    });
  });

  router.post('/api/templates/reset', async (request, response) => {
    const body = await readBody(request, catalogueBodyLimit);
    const tenant = await tenantOf(request, body, true);
    const changed = await resetTemplate(tenant, parseFields(templateKeySchema, body, 'invalid_template'));
    sendJson(response, 200, { success: true, changed });
  });
  return router;
}
