import type { z } from 'zod';
import * as answers from './answer-schemas';
import { consoleInvitationSchema, consoleLoginSchema } from './request-schemas';
import type { DescribedRoute, RouteAnswer } from './route';

const ok = (description: string, schema: z.ZodType): Record<number, RouteAnswer> => ({
  200: { description, schema },
});
const file = (description: string, contentType: string): Record<number, RouteAnswer> => ({
  200: { description, contentType },
});

const foreignPage = { 403: 'Asked by a page of another site' };
const badPost = {
  ...foreignPage,
  400: 'Not JSON, or cut off',
  413: 'The body is too large',
  415: 'Not sent as JSON',
};

/** The routes about the gateway itself: no customer's data is in their answers. */
export const gatewayRoutes: readonly DescribedRoute[] = [
  {
    method: 'get',
    path: '/health',
    tag: 'Gateway',
    summary: 'Is the gateway up?',
    answers: {
      ...ok('Up', answers.healthSchema),
      503: { description: 'The system database is out of reach', schema: answers.healthSchema },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    tag: 'Gateway',
    summary: 'Figures for Prometheus.',
    answers: file('The figures', 'text/plain'),
  },
  {
    method: 'get',
    path: '/openapi.json',
    tag: 'Gateway',
    summary: 'This document.',
    answers: ok('The document', answers.openApiSchema),
  },
  {
    method: 'get',
    path: '/connect',
    tag: 'Gateway',
    summary:
      'For the machine of the PHP application: that it reaches the gateway, from which address, what to paste.',
    answers: ok('A page for browsers; JSON for programs', answers.connectSchema),
  },
  {
    method: 'get',
    path: '/connect/:file',
    tag: 'Gateway',
    summary: 'The PHP client as one file: modular-gateway.php.',
    pathIds: { file: 'file' },
    answers: file('The file', 'text/plain'),
    errors: { 404: 'There is no such file' },
  },
  {
    method: 'get',
    path: '/help',
    tag: 'Gateway',
    summary: 'The handbook, for offices without internet.',
    answers: file('The page', 'text/html'),
    errors: { 404: 'It was left out of this installation' },
  },
  {
    method: 'get',
    path: '/help/:page',
    tag: 'Gateway',
    summary: 'A page of it.',
    pathIds: { page: 'file' },
    answers: file('The page', 'text/html'),
    errors: { 404: 'There is no such page' },
  },
  {
    method: 'get',
    path: '/help/images/:file',
    tag: 'Gateway',
    summary: 'A picture of it.',
    pathIds: { file: 'file' },
    answers: file('The picture', 'image/png'),
    errors: { 404: 'There is no such picture' },
  },
  {
    method: 'get',
    path: '/docs',
    tag: 'Gateway',
    summary: 'A page to read this document and try calls.',
    answers: file('The page', 'text/html'),
  },
  {
    method: 'get',
    path: '/docs/:file',
    tag: 'Gateway',
    summary: 'The parts of that page.',
    pathIds: { file: 'file' },
    answers: file('The part', 'text/javascript'),
    errors: { 404: 'There is no such part' },
  },
  ...['js/websocket-sidebar.js', 'js/whatsapp-sessions.js', 'css/whatsapp-sessions.css'].map(
    (name): DescribedRoute => ({
      method: 'get',
      path: `/assets/${name}`,
      tag: 'Gateway',
      summary: "A part of the PHP application's pages.",
      answers: file('The file', name.endsWith('.js') ? 'text/javascript' : 'text/css'),
    }),
  ),
  {
    method: 'get',
    path: '/',
    tag: 'Gateway',
    summary: 'Leads a browser to the console; programs find nothing here.',
    answers: { 307: { description: 'To the console, or to /docs where it is switched off' } },
    errors: { 404: 'Not asked for as a page' },
  },
  {
    method: 'get',
    path: '/console',
    tag: 'Console',
    summary: 'The console of a gateway without a window: a page.',
    answers: file('The page', 'text/html'),
    errors: { 404: 'It is switched off, or was not built' },
  },
  {
    method: 'get',
    path: '/console/assets/:file',
    tag: 'Console',
    summary: 'The parts of that page.',
    pathIds: { file: 'file' },
    answers: file('The part', 'text/javascript'),
    errors: { 404: 'There is no such part' },
  },
  {
    method: 'get',
    path: '/console/session',
    tag: 'Console',
    summary: 'Is this browser signed in?',
    answers: ok('Whether, and how', answers.consoleSessionSchema),
    errors: foreignPage,
  },
  {
    method: 'post',
    path: '/console/login',
    tag: 'Console',
    summary: 'Sign in, by password or by a link that works once; sets a cookie.',
    body: consoleLoginSchema,
    answers: ok('Signed in', answers.consoleLoginAnswerSchema),
    errors: {
      ...badPost,
      401: 'Wrong, used or too old',
      422: 'Neither of the two',
      429: 'Too many failures',
    },
  },
  {
    method: 'post',
    path: '/console/invitation',
    tag: 'Console',
    summary: 'Whose invitation a link is; with a password it is accepted, once, and sets a cookie.',
    body: consoleInvitationSchema,
    answers: ok('Whose it is', answers.consoleInvitationAnswerSchema),
    errors: {
      ...badPost,
      401: 'Used, too old or made up',
      422: 'No token, or a password that is too short',
      429: 'Too many failures',
    },
  },
  {
    method: 'post',
    path: '/console/logout',
    tag: 'Console',
    summary: 'Sign out; also where nobody is signed in.',
    answers: ok('Signed out', answers.doneSchema),
    errors: badPost,
  },
  {
    method: 'get',
    path: '/console/downloads/:token',
    tag: 'Console',
    summary: 'A file that the console made: an export, a backup.',
    pathIds: { token: 'file' },
    answers: file('The file', 'application/octet-stream'),
    errors: { 404: 'There is no such file any more' },
  },
];
