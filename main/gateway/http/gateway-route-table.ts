import type { z } from 'zod';
import * as answers from './answer-schemas';
import type { Route, RouteAnswer } from './route';

const ok = (description: string, schema: z.ZodType): Record<number, RouteAnswer> => ({
  200: { description, schema },
});
const file = (description: string, contentType: string): Record<number, RouteAnswer> => ({
  200: { description, contentType },
});

/** The routes about the gateway itself: no customer's data is in their answers. */
export const gatewayRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/health',
    tag: 'Gateway',
    summary: 'Is the gateway up?',
    access: 'public',
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
    access: 'metrics',
    answers: file('The figures', 'text/plain'),
  },
  {
    method: 'get',
    path: '/openapi.json',
    tag: 'Gateway',
    summary: 'This document.',
    access: 'public',
    answers: ok('The document', answers.openApiSchema),
  },
  {
    method: 'get',
    path: '/docs',
    tag: 'Gateway',
    summary: 'A page to read this document and try calls.',
    access: 'public',
    answers: file('The page', 'text/html'),
  },
  {
    method: 'get',
    path: '/docs/:file',
    tag: 'Gateway',
    summary: 'The parts of that page.',
    access: 'public',
    pathIds: { file: 'file' },
    answers: file('The part', 'text/javascript'),
    errors: { 404: 'There is no such part' },
  },
  ...['js/websocket-sidebar.js', 'js/whatsapp-sessions.js', 'css/whatsapp-sessions.css'].map(
    (name): Route => ({
      method: 'get',
      path: `/assets/${name}`,
      tag: 'Gateway',
      summary: "A part of the PHP application's pages.",
      access: 'public',
      answers: file('The file', name.endsWith('.js') ? 'text/javascript' : 'text/css'),
    }),
  ),
];
