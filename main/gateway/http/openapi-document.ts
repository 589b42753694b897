import { z } from 'zod';
import { buildDataSchema } from '../events/catalogue/build-data-schema';
import { builtInEventTypes } from '../events/catalogue/catalogue';
import { gatewayVersion } from '../version';
import { errorSchema } from './answer-schemas';
import type { Route } from './route';
import type { RouteAccess } from './route-rules';
import { routeTable } from './route-table';

type Json = Record<string, unknown>;

const description = `
Events go in by HTTP, by Socket.IO or as rows of \`websocket_events\`; emails, WhatsApp messages and signed webhooks come out.

Every error is JSON with \`error\` (a sentence) and \`code\` (snake_case), and often \`details\` that name each field.
Limits are told by the headers \`RateLimit-Limit\`, \`RateLimit-Remaining\`, \`RateLimit-Reset\` and, with 429, \`Retry-After\`.

A caller proves for whom it speaks by an API key or a token (\`Authorization: Bearer\`, or \`X-API-Key\`), by a trusted
address (TRUSTED_SOURCES), or by ids of a session that the PHP application confirms (SESSION_VERIFY_URL).
`.trim();

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a token of POST /auth/token' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key' },
  consoleSession: {
    type: 'apiKey',
    in: 'cookie',
    name: 'modular_gateway_console_3001',
    description: 'Of POST /console/login; the number is the port that the gateway listens on',
  },
  metricsToken: { type: 'http', scheme: 'bearer', description: 'GATEWAY_METRICS_TOKEN' },
};

const securityOf: Readonly<Record<RouteAccess, readonly Json[]>> = {
  public: [{}],
  // The empty one: this machine, a trusted address, or ids of a session.
  metrics: [{ metricsToken: [] }, {}],
  token: [{ apiKey: [] }, { bearer: [] }, {}],
  tenant: [{ bearer: [] }, { apiKey: [] }, {}],
  'tenant-key': [{ apiKey: [] }, { bearer: [] }, {}],
  console: [{ consoleSession: [] }],
};

/**
 * The OpenAPI 3.1 document of the whole HTTP edge, made of the schemas that validate: its dialect of JSON Schema
 * is zod's own. Takes some milliseconds; loaded when somebody asks.
 */
export function createOpenApiDocument(): Json {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Json> = {};
  for (const route of routeTable) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: toOperation(route, schemas) };
  }
  toSchema(errorSchema, 'output', schemas);
  describeEventTypes(schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Modular Gateway',
      version: gatewayVersion,
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routeTable.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { securitySchemes, schemas },
  };
}

function toOperation(route: Route, schemas: Json): Json {
  const parameters = [...toPathParameters(route), ...toQueryParameters(route, schemas)];
  return {
    operationId: toOperationId(route),
    tags: [route.tag],
    summary: route.summary,
    security: securityOf[route.access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: toBody(route, schemas) }),
    responses: { ...toAnswers(route, schemas), ...toErrors(route) },
  };
}

function toOperationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function toPathParameters({ pathIds = {} }: Route): Json[] {
  return Object.entries(pathIds).map(([name, what]) => ({
    name,
    in: 'path',
    required: true,
    schema: what === 'event' || what === 'delivery' ? { type: 'integer', minimum: 1 } : { type: 'string' },
  }));
}

function toQueryParameters({ query }: Route, schemas: Json): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = toSchema(query, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function toBody(route: Route, schemas: Json): Json {
  const isEvent = route.body !== undefined && route.path.match(/^\/(api\/events|api\/websocket|emit-event)/);
  const json = route.body && {
    schema: toSchema(route.body, 'input', schemas),
    ...(isEvent && !route.path.endsWith('/batch') ? { examples: eventExamples() } : {}),
  };
  const form = route.upload && { schema: toSchema(route.upload, 'input', schemas) };
  return {
    required: true,
    content: { 'application/json': json, ...(form ? { 'multipart/form-data': form } : {}) },
  };
}

function toAnswers(route: Route, schemas: Json): Json {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        content: answer.schema
          ? { 'application/json': { schema: toSchema(answer.schema, 'output', schemas) } }
          : { [answer.contentType ?? 'application/octet-stream']: { schema: { type: 'string' } } },
      },
    ]),
  );
}

function toErrors(route: Route): Json {
  const byAccess: Readonly<Record<number, string | undefined>> =
    route.access === 'public'
      ? {}
      : {
          401: 'Nothing proves for whom the caller speaks',
          ...(route.access === 'metrics'
            ? {}
            : { 403: 'The key or token is not good for this', 429: 'Too many: see Retry-After' }),
        };
  const byBody: Readonly<Record<number, string>> =
    route.method === 'post'
      ? {
          400: 'Not JSON, or cut off',
          408: 'The body did not arrive in time',
          413: 'The body is too large',
          422: '`details` names what is wrong',
        }
      : {};
  const byState: Readonly<Record<number, string>> =
    route.access === 'public' ? {} : { 503: 'A database is out of reach, or too much is asked at once' };
  const errors: Readonly<Record<string, string | undefined>> = {
    ...byAccess,
    ...byBody,
    ...byState,
    ...route.errors,
    default: 'Something else; a 500 is a fault of the gateway, and its log says more',
  };
  return Object.fromEntries(
    Object.entries(errors).map(([status, what]) => [
      status,
      { description: what, content: { 'application/json': { schema: { $ref: reference('Error') } } } },
    ]),
  );
}

const reference = (name: string) => `#/components/schemas/${name}`;

/** Schemas with an id become components; where they stand within others, references to those. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' }) as Json;
  const {
    $schema: _dialect,
    $defs = {},
    ...body
  } = JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;
  Object.assign(schemas, $defs);
  const { id } = schema.meta() ?? {};
  if (id === undefined) return body;
  schemas[id] = body;
  return { $ref: reference(id) };
}

/** The catalogue: the data of each event type, and one schema that lists them all. */
function describeEventTypes(schemas: Json): void {
  for (const definition of builtInEventTypes.values()) {
    schemas[componentName(definition.type)] = {
      ...toSchema(buildDataSchema(definition), 'output', schemas),
      title: definition.title,
      description: definition.description,
      examples: [definition.sample],
    };
  }
  schemas['EventData'] = {
    description: 'What `event_data` holds, by event type; tenants can have types of their own besides.',
    anyOf: [...builtInEventTypes.keys()].map((type) => ({ $ref: reference(componentName(type)) })),
  };
}

/** `invoice:sent` → `InvoiceSentData` */
function componentName(eventType: string): string {
  const words = eventType.split(/[^A-Za-z0-9]+/);
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}Data`;
}

function eventExamples(): Json {
  return Object.fromEntries(
    [...builtInEventTypes.values()].map(({ type, title, sample }) => [
      type,
      { summary: title, value: { event_type: type, event_data: sample } },
    ]),
  );
}
