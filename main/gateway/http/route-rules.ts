import type { BodyLimits } from './read-body';

/**
 * Who may call a route.
 * - `public`: anybody; nothing of any customer is in the answer
 * - `metrics`: this machine, or the metrics token
 * - `token`: whoever proves to speak for the customer that the body names, but not with a token
 * - `tenant`: whoever proves to speak for a customer; the answer holds that customer's own and nothing else
 * - `console`: whoever is signed in to the console, by its cookie
 * - `tenant-key`: the same, but an API key or a trusted source, not a page's token
 */
export type RouteAccess = 'public' | 'metrics' | 'token' | 'tenant' | 'tenant-key' | 'console';

/**
 * Whose answers these are.
 * - `pages`: those of ALLOWED_ORIGINS may read them in browsers
 * - `programs`: no page of anybody else may ask
 * - `own pages`: the gateway's own, which browsers open themselves
 */
type RouteAudience = 'pages' | 'programs' | 'own pages';

const megabyte = 1024 * 1024;
const mostValues = 50_000;

/** What bodies may be. */
export const bodyLimits = {
  /** 20 MB of attachments as base64, and the event around them */
  event: { bytes: 32 * megabyte, values: mostValues, code: 'invalid_event' },
  /** It may hold several such events, but not a thousand. */
  batch: { bytes: 64 * megabyte, values: 2 * mostValues, code: 'invalid_batch' },
  /** 64 MB as base64, and what stands around it; or the same as a form */
  document: { bytes: 90 * megabyte, values: mostValues, code: 'invalid_body' },
  catalogue: { bytes: 2 * megabyte, values: mostValues, code: 'invalid_body' },
  small: { bytes: 256 * 1024, values: mostValues, code: 'invalid_body' },
  /** Ids, a password: what has yet to prove who sends it. */
  proof: { bytes: 16 * 1024, values: 1_000, code: 'invalid_body' },
} as const satisfies Record<string, BodyLimits>;

export type BodyKind = keyof typeof bodyLimits;

export interface RouteRule {
  readonly access: RouteAccess;
  readonly audience: RouteAudience;
  /** what its body is; absent: it has none, and none is read */
  readonly body?: BodyKind;
  /** It counts against the customer's limits: as one event, or as those that are in it. */
  readonly counts?: 'one' | 'batch';
  /** with `tenant-key`: said to those who come with a token */
  readonly keyReason?: string;
}

const forPages = { access: 'tenant', audience: 'pages' } as const;
const postEvent = { ...forPages, body: 'event', counts: 'one' } as const;
const change = { ...forPages, body: 'small', counts: 'one' } as const;
const whatsApp = { ...forPages, body: 'small' } as const;
const changeCatalogue = {
  access: 'tenant-key',
  audience: 'programs',
  keyReason: 'Event types and templates are changed with an API key.',
} as const;
const asset = { access: 'public', audience: 'pages' } as const;
const own = { access: 'public', audience: 'own pages' } as const;

/** Who may call which route, and with what: read by mount-route.ts, without which there is none. */
export const routeRules = {
  'POST /api/events': postEvent,
  'POST /api/websocket-events.php': postEvent,
  'POST /emit-event': postEvent,
  'POST /api/events/batch': { ...forPages, body: 'batch', counts: 'batch' },
  'GET /api/events': forPages,
  'GET /api/events/:id': forPages,
  'GET /api/deliveries': forPages,
  'GET /api/deliveries/:id': forPages,
  'POST /api/deliveries/replay': { ...forPages, body: 'small' },
  'POST /api/deliveries/:id/retry': change,
  'POST /api/deliveries/:id/resolve': change,
  'GET /api/event-types': forPages,
  'GET /api/event-types/:type': forPages,
  'POST /api/event-types': { ...changeCatalogue, body: 'catalogue' },
  'DELETE /api/event-types/:type': changeCatalogue,
  'POST /api/templates': { ...changeCatalogue, body: 'catalogue' },
  'POST /api/templates/preview': { ...forPages, body: 'catalogue' },
  'POST /api/templates/reset': { ...changeCatalogue, body: 'small' },
  'GET /api/audit': {
    access: 'tenant-key',
    audience: 'programs',
    keyReason: 'The audit log is read with an API key.',
  },
  'GET /api/database': {
    access: 'tenant-key',
    audience: 'programs',
    keyReason: 'The address of the database is for API keys.',
  },
  'POST /auth/token': { access: 'token', audience: 'pages', body: 'proof' },
  'GET /whatsapp/qr/:customerId': forPages,
  'GET /whatsapp/status/:customerId': forPages,
  'POST /whatsapp/logout/:customerId': whatsApp,
  'POST /whatsapp/pairing-code/:customerId': whatsApp,
  'POST /whatsapp/send-document/:customerId': { ...forPages, body: 'document', counts: 'one' },
  'GET /health': { access: 'public', audience: 'programs' },
  'GET /metrics': { access: 'metrics', audience: 'programs' },
  'GET /openapi.json': { access: 'public', audience: 'programs' },
  'GET /connect': own,
  'GET /connect/:file': own,
  'GET /help': own,
  'GET /help/:page': own,
  'GET /help/images/:file': own,
  'GET /docs': own,
  'GET /docs/:file': own,
  'GET /assets/js/websocket-sidebar.js': asset,
  'GET /assets/js/whatsapp-sessions.js': asset,
  'GET /assets/css/whatsapp-sessions.css': asset,
  'GET /': own,
  'GET /console': own,
  'GET /console/assets/:file': own,
  'GET /console/session': own,
  'POST /console/login': { ...own, body: 'proof' },
  'POST /console/invitation': { ...own, body: 'proof' },
  'POST /console/logout': { ...own, body: 'proof' },
  'GET /console/downloads/:token': { ...own, access: 'console' },
} as const satisfies Readonly<Record<string, RouteRule>>;

export type RouteRules = typeof routeRules;
export type RouteName = keyof RouteRules;

const names = Object.keys(routeRules) as RouteName[];

/** Those that pages of others may call, as `GET /api/events`. */
const pageRoute = new RegExp(
  `^(${names
    .filter((name) => routeRules[name].audience === 'pages')
    .map((name) => name.replace(/[.]/g, '\\$&').replace(/:\w+/g, '[^/]+'))
    .join('|')})/?$`,
  'i',
);

export function isForPages(method: string, path: string): boolean {
  return pageRoute.test(`${method === 'HEAD' ? 'GET' : method} ${path}`);
}
