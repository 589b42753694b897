import type { z } from 'zod';

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

/** What a parameter of a path names: the tests put other tenants' in its place. */
type PathId = 'event' | 'delivery' | 'event-type' | 'customer' | 'file';

export interface RouteAnswer {
  readonly description: string;
  /** absent: not JSON */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
}

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** as Express writes it: `/api/events/:id` */
  readonly path: string;
  readonly tag: 'Events' | 'Deliveries' | 'Event types' | 'WhatsApp' | 'Access' | 'Gateway' | 'Console';
  readonly summary: string;
  readonly access: RouteAccess;
  readonly pathIds?: Readonly<Record<string, PathId>>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** the same as a form with a file */
  readonly upload?: z.ZodType;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** besides those that follow from the access rule, from having a body, and from being a gateway */
  readonly errors?: Readonly<Record<number, string>>;
}
