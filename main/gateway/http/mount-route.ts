import type { Request, Response, Router } from 'express';
import type { Caller, Credentials } from '../auth/authentication';
import { GatewayError } from '../errors';
import type { LiveTenant } from '../live-tenant';
import { answerAsOf } from './answer-memory-quota';
import type { HttpParts } from './http-parts';
import {
  identifyCaller,
  readCredentials,
  refuseForeignPages,
  refuseKeyless,
  textField,
} from './identify-caller';
import { readBody, refuseUnfit, type BodyLimits } from './read-body';
import { readDocument, type DocumentRequest } from './read-document';
import { refuseOtherPages } from './refuse-other-pages';
import { bodyLimits, routeRules, type RouteName, type RouteRule, type RouteRules } from './route-rules';
import { setRateLimitHeaders } from './send-json';
import { readTokenIds } from './token-ids';

/** A request without its body: whoever wants that says so in route-rules.ts, and gets it once the caller is known. */
export type RouteRequest = Pick<
  Request,
  'method' | 'path' | 'originalUrl' | 'query' | 'params' | 'headers' | 'socket'
>;

interface BasicCall {
  readonly request: RouteRequest;
  readonly response: Response;
}

/** A call to a route that anybody may try, or that knows its callers by other means. */
export interface OpenCall extends BasicCall {
  readonly body: unknown;
}

/** A call to a route of a customer's. */
export interface TenantCall<Body = unknown> extends BasicCall {
  readonly caller: Caller;
  /** @throws GatewayError 503 while its database is away */
  readonly tenant: LiveTenant;
  /** parsed, and except for events inspected; `{}` where there is none */
  readonly body: Body;
}

type NamesOf<Access extends RouteRule['access']> = {
  [Name in RouteName]: RouteRules[Name]['access'] extends Access ? Name : never;
}[RouteName];
type TenantRoute = NamesOf<'tenant' | 'tenant-key' | 'token'>;
type OpenRoute = NamesOf<'public' | 'metrics' | 'console'>;
type BodyOf<Name extends RouteName> = RouteRules[Name] extends { readonly body: 'document' }
  ? DocumentRequest
  : unknown;
type Handler<Call> = (call: Call) => Promise<void> | void;

/**
 * Adds a route of a customer's. Who speaks comes first, from the head; then the limits; then the body. Where ids in
 * the body may be what proves it, the body is a few KB, and an address that failed too often is not read at all.
 */
export function mountTenantRoute<Name extends TenantRoute>(
  router: Router,
  parts: HttpParts,
  name: Name,
  handle: Handler<TenantCall<BodyOf<Name>>>,
): void {
  const rule: RouteRule = routeRules[name];
  register(router, name, async (request, response) => {
    refuseOtherPages(rule, request);
    const admitted = await admit(parts, rule, request, response);
    await handle(admitted as TenantCall<BodyOf<Name>>);
  });
}

/**
 * Adds a route that anybody may try.
 * @param gate what is asked before a body is read; routes with one need it
 */
export function mountOpenRoute<Name extends OpenRoute>(
  router: Router,
  name: Name,
  gate: RouteRules[Name] extends { readonly body: string } ? Handler<BasicCall> : undefined,
  handle: Handler<OpenCall>,
): void {
  const rule: RouteRule = routeRules[name];
  register(router, name, async (request, response) => {
    refuseOtherPages(rule, request);
    if (gate) await gate({ request, response });
    const body = rule.body && gate ? await readOpenBody(request, bodyLimits[rule.body]) : {};
    await handle({ request, response, body });
  });
}

/** The only place where routes are made. */
function register(
  router: Router,
  name: RouteName,
  handle: (request: Request, response: Response) => Promise<void>,
): void {
  const [method, path = ''] = name.split(' ');
  if (method === 'GET') router.get(path, handle);
  else if (method === 'DELETE') router.delete(path, handle);
  else router.post(path, handle);
}

async function readOpenBody(request: Request, limits: BodyLimits): Promise<unknown> {
  const body = await readBody(request, limits);
  refuseUnfit(body);
  return body;
}

async function admit(
  parts: HttpParts,
  rule: RouteRule,
  request: Request,
  response: Response,
): Promise<TenantCall> {
  const head = readHead(parts, request);
  if (rule.access === 'token') await parts.tokenLimit.take(head.address);
  const known = rule.body === undefined || canTellFromHead(parts, rule, head);
  if (!known) return admitByBody(parts, rule, request, response, head);
  const caller = await identifyCaller(parts, request, head);
  const call = toCall(parts, rule, request, response, caller);
  if (rule.body === undefined) return call;
  // Its database has to be there before anything is read for it.
  if (rule.access !== 'token') parts.tenants.get(caller.customerId);
  await takeLimits(parts, rule, call);
  const body = await readBodyOf(parts, rule, request, caller.customerId, bodyLimits[rule.body]);
  if (request.params['customerId'] === undefined) refuseOtherCustomer(caller, fieldsOf(rule, body));
  return Object.assign(call, { body });
}

/** The ids that prove who speaks, or that say for whom a trusted address does, may stand in the body. */
async function admitByBody(
  parts: HttpParts,
  rule: RouteRule,
  request: Request,
  response: Response,
  head: Credentials,
): Promise<TenantCall> {
  const isTrusted = parts.authentication.isTrusted(head.address);
  if (isTrusted) refuseForeignPages(parts, request);
  await parts.failureLimit.check(head.address);
  await parts.unauthenticatedLimit.check(head.address);
  const limits = isTrusted && rule.body ? bodyLimits[rule.body] : bodyLimits.proof;
  const body = await readBodyOf(parts, rule, request, undefined, limits);
  const fields = fieldsOf(rule, body);
  if (rule.access === 'token') readTokenIds(fields);
  const named = request.params['customerId'] ?? textField(fields, 'customer_id') ?? head.claimedCustomerId;
  const caller = await identifyCaller(parts, request, {
    ...head,
    claimedCustomerId: typeof named === 'string' ? named : undefined,
    userId: textField(fields, 'user_id') ?? head.userId,
    sessionId: textField(fields, 'session_id') ?? head.sessionId,
  });
  const call = toCall(parts, rule, request, response, caller);
  await takeLimits(parts, rule, call);
  return Object.assign(call, { body });
}

/** What the head says of who speaks: key or token, address, and ids in the path, the query and X-Customer-ID. */
function readHead(parts: HttpParts, request: Request): Credentials {
  const inPath = request.params['customerId'];
  const inHeader = request.headers['x-customer-id'];
  const head = readCredentials(parts, request);
  const named =
    (typeof inPath === 'string' ? inPath : undefined) ??
    textField(request.query, 'customer_id') ??
    (head.bearer === undefined && typeof inHeader === 'string' ? inHeader : undefined);
  return {
    ...head,
    claimedCustomerId: named,
    userId: textField(request.query, 'user_id'),
    sessionId: textField(request.query, 'session_id'),
  };
}

/** Could anything in the body change who it is? */
function canTellFromHead({ authentication }: HttpParts, rule: RouteRule, head: Credentials): boolean {
  if (head.bearer !== undefined) return true;
  // Whoever asks for a token names in the body whom it is for, and is told first what is missing there.
  return rule.access !== 'token' && authentication.canDecide(head);
}

function toCall(
  parts: HttpParts,
  rule: RouteRule,
  request: Request,
  response: Response,
  caller: Caller,
): TenantCall & { body: unknown } {
  if (rule.access === 'tenant-key') refuseKeyless(caller, rule.keyReason ?? 'This takes an API key.');
  answerAsOf(response, caller.customerId);
  return {
    request,
    response,
    caller,
    get tenant() {
      return parts.tenants.get(caller.customerId);
    },
    body: {},
  };
}

/** Asked before the body is read, wherever it is known whose it is. */
async function takeLimits({ eventLimits }: HttpParts, rule: RouteRule, call: TenantCall): Promise<void> {
  if (rule.counts === undefined) return;
  const { customerId, settings } = call.tenant;
  if (rule.counts === 'batch') {
    await eventLimits.check(customerId, settings, call.caller.userId);
    return;
  }
  setRateLimitHeaders(call.response, await eventLimits.take(customerId, settings, call.caller.userId, 1));
}

async function readBodyOf(
  parts: HttpParts,
  rule: RouteRule,
  request: Request,
  customerId: string | undefined,
  limits: BodyLimits,
): Promise<unknown> {
  const reader = {
    customerId,
    address: parts.clientAddress(request),
    turns: parts.heavyTurns,
    budget: parts.bodyBudget,
  };
  if (rule.body === 'document') return readDocument(request, parts.config, limits, reader);
  const body = await readBody(request, limits, reader);
  // An event says what is wrong with its data itself.
  if (rule.body !== 'event' && rule.body !== 'batch') refuseUnfit(body);
  return body;
}

function fieldsOf(rule: RouteRule, body: unknown): unknown {
  return rule.body === 'document' ? (body as DocumentRequest).fields : body;
}

/** A body that names another customer than the key's is a mistake that must not go unnoticed. */
function refuseOtherCustomer(caller: Caller, body: unknown): void {
  const named = textField(body, 'customer_id');
  if (named !== undefined && named !== caller.customerId) {
    throw new GatewayError('wrong_tenant', 'This key or token belongs to another customer.', 403);
  }
}
