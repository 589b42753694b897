import type { z } from 'zod';
import * as answers from './answer-schemas';
import { gatewayRoutes } from './gateway-route-table';
import { auditQuerySchema, deliveryQuerySchema, eventQuerySchema } from './read-query';
import * as requests from './request-schemas';
import type { DescribedRoute, Route, RouteAnswer } from './route';
import { routeRules, type RouteName, type RouteRule } from './route-rules';

const ok = (description: string, schema: z.ZodType): Record<number, RouteAnswer> => ({
  200: { description, schema },
});
const notFound = (what: string) => ({ 404: `There is no such ${what}` });
const badBody = { 400: 'Not JSON, or cut off', 413: 'The body is too large' };
const invalid = { 422: '`details` names each field that is wrong' };
const databaseAway = {
  503: "The customer's database is out of reach, or too many large requests came at once: nothing was stored",
};
const intake = { ...badBody, ...invalid, ...databaseAway };
const duplicate = {
  200: {
    description: 'The idempotency key was used before: the first answer',
    schema: answers.acceptedSchema,
  },
};
const deliveryId = { id: 'delivery' } as const;
const customerId = { customerId: 'customer' } as const;

const described: readonly DescribedRoute[] = [
  {
    method: 'post',
    path: '/api/events',
    tag: 'Events',
    summary: 'Send an event. Once it is answered it is on disk.',
    body: requests.eventEnvelopeSchema,
    answers: { 202: { description: 'Accepted', schema: answers.acceptedSchema }, ...duplicate },
    errors: intake,
  },
  ...['/api/websocket-events.php', '/emit-event'].map((path): DescribedRoute => ({
    method: 'post',
    path,
    tag: 'Events',
    summary: 'The same as /api/events, but 200: clients of before take no other status.',
    body: requests.eventEnvelopeSchema,
    answers: ok('Accepted', answers.acceptedSchema),
    errors: intake,
  })),
  {
    method: 'post',
    path: '/api/events/batch',
    tag: 'Events',
    summary: 'Send up to 1000 events; one that is wrong spoils none of the others.',
    body: requests.batchSchema,
    answers: { 207: { description: 'What became of each, in order', schema: answers.batchAnswerSchema } },
    errors: intake,
  },
  {
    method: 'get',
    path: '/api/events',
    tag: 'Events',
    summary: 'Events, newest first.',
    query: eventQuerySchema,
    answers: ok('A page of events', answers.eventListSchema),
    errors: { ...invalid, ...databaseAway },
  },
  {
    method: 'get',
    path: '/api/events/:id',
    tag: 'Events',
    summary: 'One event with its deliveries and their attempts.',
    pathIds: { id: 'event' },
    answers: ok('The event', answers.eventAnswerSchema),
    errors: { ...notFound('event'), ...databaseAway },
  },
  {
    method: 'get',
    path: '/api/deliveries',
    tag: 'Deliveries',
    summary: 'Deliveries, newest first.',
    query: deliveryQuerySchema,
    answers: ok('A page of deliveries', answers.deliveryListSchema),
    errors: { ...invalid, ...databaseAway },
  },
  {
    method: 'get',
    path: '/api/deliveries/:id',
    tag: 'Deliveries',
    summary: 'One delivery with its attempts.',
    pathIds: deliveryId,
    answers: ok('The delivery', answers.deliveryAnswerSchema),
    errors: { ...notFound('delivery'), ...databaseAway },
  },
  {
    method: 'post',
    path: '/api/deliveries/replay',
    tag: 'Deliveries',
    summary: 'Send every failed delivery that fits the filter again.',
    body: requests.replaySchema,
    answers: { 202: { description: 'How many', schema: answers.replayedSchema } },
    errors: { ...badBody, ...invalid, ...databaseAway },
  },
  {
    method: 'post',
    path: '/api/deliveries/:id/retry',
    tag: 'Deliveries',
    summary: 'Send a failed delivery again; one that waits is sent at its time.',
    pathIds: deliveryId,
    answers: { 202: { description: 'Under way', schema: answers.deliveryChangedSchema } },
    errors: { ...badBody, ...notFound('delivery'), 409: 'It has left, or whether it did is not known' },
  },
  {
    method: 'post',
    path: '/api/deliveries/:id/resolve',
    tag: 'Deliveries',
    summary: 'Decide about a delivery whose outcome is not known.',
    pathIds: deliveryId,
    body: requests.resolveSchema,
    answers: { 202: { description: 'Decided', schema: answers.deliveryChangedSchema } },
    errors: { ...badBody, ...invalid, ...notFound('delivery'), 409: 'Its outcome is known' },
  },
  {
    method: 'get',
    path: '/api/event-types',
    tag: 'Event types',
    summary: 'The event types that may be sent, with their fields.',
    answers: ok('The event types', answers.eventTypesSchema),
    errors: databaseAway,
  },
  {
    method: 'get',
    path: '/api/event-types/:type',
    tag: 'Event types',
    summary: 'One of them, with its templates and its sample.',
    pathIds: { type: 'event-type' },
    answers: ok('The event type', answers.oneEventTypeSchema),
    errors: { ...notFound('event type'), ...databaseAway },
  },
  {
    method: 'post',
    path: '/api/event-types',
    tag: 'Event types',
    summary: 'Add an event type of your own, or change it.',
    body: requests.eventTypeSchema,
    answers: ok('Saved', answers.eventTypeAnswerSchema),
    errors: intake,
  },
  {
    method: 'delete',
    path: '/api/event-types/:type',
    tag: 'Event types',
    summary: 'Remove an event type of your own.',
    pathIds: { type: 'event-type' },
    answers: ok('Removed', answers.doneSchema),
    errors: { ...notFound('event type of your own'), ...databaseAway },
  },
  {
    method: 'post',
    path: '/api/templates',
    tag: 'Event types',
    summary: 'Replace a template; it is tried before it is stored.',
    body: requests.saveTemplateSchema,
    answers: ok('Saved, and what it makes of the sample', answers.previewAnswerSchema),
    errors: { ...intake, ...notFound('event type or audience') },
  },
  {
    method: 'post',
    path: '/api/templates/preview',
    tag: 'Event types',
    summary: 'See what a template makes of data.',
    body: requests.previewSchema,
    answers: ok('The messages', answers.previewAnswerSchema),
    errors: { ...intake, ...notFound('event type or audience') },
  },
  {
    method: 'post',
    path: '/api/templates/reset',
    tag: 'Event types',
    summary: "Go back to the event type's own template.",
    body: requests.templateKeySchema,
    answers: ok('Whether there was another', answers.templateResetSchema),
    errors: intake,
  },
  {
    method: 'get',
    path: '/api/audit',
    tag: 'Access',
    summary: 'Who did what to this customer, newest first.',
    query: auditQuerySchema,
    answers: ok('A page of entries', answers.auditListSchema),
    errors: invalid,
  },
  {
    method: 'get',
    path: '/api/database',
    tag: 'Access',
    summary: "Where this customer's database is, without its password.",
    answers: ok('The address', answers.databaseAddressSchema),
  },
  {
    method: 'post',
    path: '/auth/token',
    tag: 'Access',
    summary: 'A token for a page, good for one hour.',
    body: requests.tokenRequestSchema,
    answers: ok('The token', answers.tokenAnswerSchema),
    errors: { ...badBody, 400: 'Not JSON, or a field is missing' },
  },
  {
    method: 'get',
    path: '/whatsapp/qr/:customerId',
    tag: 'WhatsApp',
    summary: 'Start the session if need be, and wait up to 25 s for a code to scan.',
    pathIds: customerId,
    query: requests.sessionIdsSchema,
    answers: ok('The code', answers.qrSchema),
    errors: { 409: 'WhatsApp is connected already', 503: 'No browser, or no code yet' },
  },
  {
    method: 'get',
    path: '/whatsapp/status/:customerId',
    tag: 'WhatsApp',
    summary: 'How the session stands.',
    pathIds: customerId,
    query: requests.sessionIdsSchema,
    answers: ok('The state', answers.whatsAppStateSchema),
    errors: databaseAway,
  },
  {
    method: 'post',
    path: '/whatsapp/logout/:customerId',
    tag: 'WhatsApp',
    summary: 'Log the session out; the next one needs a new code.',
    pathIds: customerId,
    body: requests.sessionIdsSchema,
    answers: ok('Logged out', answers.loggedOutSchema),
    errors: { ...badBody, ...databaseAway },
  },
  {
    method: 'post',
    path: '/whatsapp/pairing-code/:customerId',
    tag: 'WhatsApp',
    summary: 'A code of eight letters to enter on the phone instead of scanning.',
    pathIds: customerId,
    body: requests.pairingSchema,
    answers: ok('The code', answers.pairingAnswerSchema),
    errors: { ...badBody, ...invalid, 409: 'WhatsApp is connected already', 503: 'No browser, or no code' },
  },
  {
    method: 'post',
    path: '/whatsapp/send-document/:customerId',
    tag: 'WhatsApp',
    summary: 'Send a document.',
    pathIds: customerId,
    body: requests.documentSchema,
    upload: requests.uploadSchema,
    answers: {
      ...ok('Sent', answers.documentAnswerSchema),
      202: { description: 'Stored; it waits for WhatsApp', schema: answers.documentAnswerSchema },
    },
    errors: { ...intake, 400: 'A field is missing', 413: 'The document is larger than 64 MB' },
  },
  ...gatewayRoutes,
];

/** Every route of the HTTP edge, with its rule. A test holds it against the routes that Express really has. */
export const routeTable: readonly Route[] = described.map((route) => {
  const rule: RouteRule | undefined = routeRules[`${route.method.toUpperCase()} ${route.path}` as RouteName];
  return { ...route, rule, access: rule.access };
});
