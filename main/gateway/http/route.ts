import type { z } from 'zod';
import type { RouteRule } from './route-rules';

/** What a parameter of a path names: the tests put other tenants' in its place. */
type PathId = 'event' | 'delivery' | 'event-type' | 'customer' | 'file';

export interface RouteAnswer {
  readonly description: string;
  /** absent: not JSON */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
}

/** A route as the documentation knows it; its rule is in route-rules.ts. */
export interface DescribedRoute {
  readonly method: 'get' | 'post' | 'delete';
  /** as Express writes it: `/api/events/:id` */
  readonly path: string;
  readonly tag: 'Events' | 'Deliveries' | 'Event types' | 'WhatsApp' | 'Access' | 'Gateway' | 'Console';
  readonly summary: string;
  readonly pathIds?: Readonly<Record<string, PathId>>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** the same as a form with a file */
  readonly upload?: z.ZodType;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** besides those that follow from the access rule, from having a body, and from being a gateway */
  readonly errors?: Readonly<Record<number, string>>;
}

export interface Route extends DescribedRoute {
  readonly access: RouteRule['access'];
  readonly rule: RouteRule;
}
