import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInEventTypes } from '../../main/gateway/events/catalogue/catalogue';
import { routeTable } from '../../main/gateway/http/route-table';
import { startGateway, type TestGateway } from '../support/start-gateway';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly description: string; readonly content: object }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Record<string, unknown>>;
    readonly securitySchemes: object;
  };
}

let gateway: TestGateway;
let document: Document;
beforeAll(async () => {
  gateway = await startGateway();
  document = (await gateway.call<Document>('/openapi.json')).body;
});
afterAll(() => gateway.stop());

const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path));

/** Every `$ref` anywhere in the document. */
function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : referencesOf(inner),
  );
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 and describes every route', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const routes = routeTable.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(routes.sort());
  });

  it('gives each operation a name of its own, an access rule and described answers', () => {
    const names = operations().map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const operation of operations()) {
      expect(operation.security.length).toBeGreaterThan(0);
      const statuses = Object.keys(operation.responses).map(Number);
      expect(statuses.some((status) => status < 400)).toBe(true);
    }
  });

  it('holds no reference that leads nowhere', () => {
    const references = referencesOf(document);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const target = reference
        .slice(2)
        .split('/')
        .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
      expect(target, reference).toBeDefined();
    }
  });

  it('describes the fields of every event type of the catalogue', () => {
    const data = Object.values(document.components.schemas).filter((schema) => 'examples' in schema);
    expect(data).toHaveLength(builtInEventTypes.size);
    for (const definition of builtInEventTypes.values()) {
      const schema = data.find(({ title }) => title === definition.title);
      expect(schema?.['required']).toEqual(expect.arrayContaining(Object.keys(definition.required)));
      const properties = schema?.['properties'] as Record<string, Record<string, unknown>>;
      for (const name of [...Object.keys(definition.required), ...Object.keys(definition.optional)]) {
        expect(properties[name]?.['description'], `${definition.type} ${name}`).toBeDefined();
      }
    }
    expect(JSON.stringify(document.components.schemas['InvoiceSentData'])).toContain('"format":"email"');
  });

  it('names the fields and limits that the routes enforce', () => {
    const list = document.paths['/api/deliveries']?.['get'];
    expect(list?.parameters?.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'channel',
        'status',
        'event_id',
        'event_type',
        'recipient',
        'from',
        'to',
        'limit',
        'cursor',
      ]),
    );
    const batch = document.paths['/api/events/batch']?.['post'];
    expect(JSON.stringify(batch?.requestBody)).toContain('"maxItems":1000');
  });
});

describe('answers', () => {
  it('fit the schemas that the document is made of', async () => {
    const tenant = await gateway.addTenant();
    const schemaOf = (method: string, path: string, status: number) => {
      const route = routeTable.find((entry) => entry.method === method && entry.path === path);
      const schema = route?.answers[status]?.schema;
      if (!schema) throw new Error(`${method} ${path} has no schema for ${status}`);
      return schema;
    };
    const event = {
      event_type: 'invoice:sent',
      event_data: builtInEventTypes.get('invoice:sent')?.sample,
      idempotency_key: 'once',
    };
    const accepted = await tenant.post<{ event_id: number; deliveries: { id: number }[] }>(
      '/api/events',
      event,
    );
    const deliveryId = accepted.body.deliveries[0]?.id ?? 0;
    const answers: [string, string, { status: number; body: unknown }][] = [
      ['post', '/api/events', accepted],
      ['post', '/api/events', await tenant.post('/api/events', event)],
      ['post', '/emit-event', await tenant.post('/emit-event', event)],
      [
        'post',
        '/api/events/batch',
        await tenant.post('/api/events/batch', { events: [event, { event_type: 'x' }] }),
      ],
      ['get', '/api/events', await tenant.get('/api/events')],
      ['get', '/api/events/:id', await tenant.get(`/api/events/${accepted.body.event_id}`)],
      ['get', '/api/deliveries', await tenant.get('/api/deliveries')],
      ['get', '/api/deliveries/:id', await tenant.get(`/api/deliveries/${deliveryId}`)],
      ['post', '/api/deliveries/replay', await tenant.post('/api/deliveries/replay', {})],
      ['get', '/api/event-types', await tenant.get('/api/event-types')],
      [
        'post',
        '/api/templates/preview',
        await tenant.post('/api/templates/preview', {
          event_type: 'invoice:sent',
          audience: 'client',
          channel: 'email',
        }),
      ],
      ['get', '/api/audit', await tenant.get('/api/audit')],
      ['get', '/whatsapp/status/:customerId', await tenant.get(`/whatsapp/status/${tenant.customerId}`)],
      [
        'post',
        '/auth/token',
        await tenant.post('/auth/token', { customer_id: tenant.customerId, user_id: 7, session_id: 's' }),
      ],
      ['get', '/health', await gateway.call('/health')],
    ];
    for (const [method, path, answer] of answers) {
      const parsed = schemaOf(method, path, answer.status).safeParse(answer.body);
      expect(parsed.error?.issues ?? [], `${method} ${path} ${answer.status}`).toEqual([]);
    }
  });
});

describe('refusals', () => {
  it('have the statuses that the document says, whatever is wrong with the request', async () => {
    const tenant = await gateway.addTenant();
    const authorization = `Bearer ${tenant.apiKey}`;
    const token = `Bearer ${await tenant.token()}`;
    const bodies = ['{', '[]', '{"a":"\\u0000"}', '{"__proto__":1}', `{"a":"${'x'.repeat(300_000)}"}`, ''];
    const proofs: Record<string, string>[] = [{ authorization }, { authorization: token }, {}];
    const requests = bodies.flatMap((raw) => proofs.map((headers) => ({ raw, headers })));
    for (const route of routeTable) {
      if (/^\/(docs|help|connect|assets|metrics|whatsapp\/qr|console$)/.test(route.path)) continue;
      const path = route.path.replace(':customerId', tenant.customerId).replace(/:\w+/, '1');
      const documented = document.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method]?.responses;
      for (const { raw, headers } of requests) {
        const answer = await gateway.call(path, {
          method: route.method.toUpperCase(),
          headers,
          ...(route.method === 'post' ? { raw } : {}),
        });
        const what = `${route.method} ${route.path} ${raw.slice(0, 20)}: ${answer.status}`;
        expect(Object.keys(documented ?? {}), what).toContain(String(answer.status));
      }
    }
  });
});

describe('GET /docs', () => {
  const fetchText = async (path: string) => {
    const response = await fetch(`${gateway.origin}${path}`);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it('is a page of local files under a policy that lets nothing else in', async () => {
    const page = await fetchText('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
    expect(sources.length).toBeGreaterThan(2);
    for (const source of sources) {
      expect(source).toMatch(/^\/docs\//);
      const part = await fetchText(source);
      expect(part.status, source).toBe(200);
      expect(part.headers.get('x-content-type-options')).toBe('nosniff');
      expect(part.text.length).toBeGreaterThan(100);
    }
  });

  it.each(['package.json', '..%2fpackage.json', '%2e%2e/%2e%2e/package.json', 'absolute-path.js'])(
    'serves no other file: %s',
    async (name) => {
      const answer = await gateway.call(`/docs/${name}`);
      expect(answer.status).toBe(404);
    },
  );
});
