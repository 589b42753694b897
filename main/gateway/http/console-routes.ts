import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Router, type Response } from 'express';
import { consoleCookieName, readConsoleCookie } from '../auth/console-cookie';
import { longestSessionSeconds, type ConsoleLogin, type ConsoleSession } from '../auth/console-login';
import type { AddressLimit } from '../auth/rate-limits';
import type { SameOrigin } from '../auth/same-origin';
import { GatewayError } from '../errors';
import { createConsoleFiles } from './console-files';
import type { HttpParts } from './http-parts';
import { mountOpenRoute, type RouteRequest } from './mount-route';
import { consoleLoginSchema } from './request-schemas';
import { sendJson } from './send-json';

/*
 * The console of a headless gateway, as its renderer sees it. Errors are `{success:false, error, code}`.
 *
 * GET  /console                → 307 to ./console/; /console/ and /console/assets/* are the renderer's files
 * GET  /console/session        200 {success, signed_in, method: 'password'|'link'|null, password_set}
 * POST /console/login          {password} or {link_token}: 200 {success, method} and the cookie;
 *                              401 `login_refused`; 429 `rate_limited` with Retry-After after ten failures a minute
 * POST /console/logout         {}: 200 {success}, signed in or not; the cookie goes, its sockets end
 * GET  /console/downloads/:t   the file behind a downloadToken; 401 `signed_out`, 404 `not_found`
 *
 * Posts want `Content-Type: application/json` (415) and come from this gateway's own pages (403 `foreign_page`).
 * The session is an HttpOnly cookie. It ends after twelve hours without use and after seven days.
 *
 * Calls and pushes: Socket.IO, namespace `/console`, path /socket.io, by the same cookie
 * (sockets/console-namespace.ts): `io('/console')`. connect_error has `data: {code, error}`: `signed_out`: log in;
 * `foreign_page`. `emit('call', name, input, callback)` answers a CallAnswer; `rate_limited` and `busy` are problems
 * like others. `push` brings ConsolePush. `session.ended {reason: 'signed_out'|'expired'}` is the last one.
 */

export interface ConsoleRouteParts extends Pick<HttpParts, 'clientAddress' | 'audit'> {
  readonly login: ConsoleLogin;
  readonly pages: SameOrigin;
  /** failed logins by address */
  readonly loginLimit: AddressLimit;
  /** Undefined until the gateway is up. */
  readonly console: () =>
    { openDownload(token: string): { readonly path: string; readonly name: string } | undefined } | undefined;
  /** where the renderer's files are; found automatically unless given */
  readonly folder?: string;
}

/** Files, login and downloads of the console; not made at all where it is switched off. */
export function createConsoleRoutes(parts: ConsoleRouteParts): Router {
  const { login, pages, loginLimit, audit } = parts;
  const router = Router();

  mountOpenRoute(router, 'GET /console/session', undefined, async ({ request, response }) => {
    pages.requireSameOrigin(request);
    const session = await findSession(parts, request);
    sendJson(response, 200, {
      success: true,
      signed_in: session !== undefined,
      method: session?.method ?? null,
      password_set: await login.hasPassword(),
    });
  });

  const gate = async ({ request }: { readonly request: RouteRequest }): Promise<void> => {
    refuseForeignPost(pages, request);
    await loginLimit.check(parts.clientAddress(request));
  };

  mountOpenRoute(router, 'POST /console/login', gate, async (call) => {
    const { request, response } = call;
    const address = parts.clientAddress(request);
    const read = consoleLoginSchema.safeParse(call.body);
    if (!read.success) {
      throw new GatewayError('invalid_body', 'Either password or link_token is required, as a text.', 422, [
        { path: 'password', message: 'is required, or link_token' },
      ]);
    }
    // Counted before it is looked at: a hundred guesses at once are a hundred.
    await loginLimit.take(address);
    const body = read.data;
    const method = 'password' in body ? 'password' : 'link';
    const isRight =
      'password' in body ? await login.checkPassword(body.password) : await login.takeLink(body.link_token);
    if (!isRight) {
      await audit.record({
        actor: `console (${method})`,
        action: 'console.sign_in_refused',
        customerId: null,
        detail: { address },
      });
      throw new GatewayError(
        'login_refused',
        method === 'password'
          ? 'That is not the password of this console.'
          : 'That link has been used, or is too old. A new one is made by: modular-gateway console link',
        401,
      );
    }
    await loginLimit.giveBack(address);
    const id = await login.startSession(method, address);
    response.cookie(consoleCookieName(request, pages), id, {
      ...cookieOptions(pages, request),
      maxAge: longestSessionSeconds * 1_000,
    });
    await audit.record({
      actor: `console (${method})`,
      action: 'console.signed_in',
      customerId: null,
      detail: { address },
    });
    sendJson(response, 200, { success: true, method });
  });

  const ownPost = ({ request }: { readonly request: RouteRequest }) => refuseForeignPost(pages, request);

  mountOpenRoute(router, 'POST /console/logout', ownPost, async ({ request, response }) => {
    const session = await findSession(parts, request);
    response.clearCookie(consoleCookieName(request, pages), cookieOptions(pages, request));
    if (session && (await login.endSession(session))) {
      await audit.record({
        actor: `console (${session.method})`,
        action: 'console.signed_out',
        customerId: null,
        detail: { address: parts.clientAddress(request) },
      });
    }
    sendJson(response, 200, { success: true });
  });

  mountOpenRoute(router, 'GET /console/downloads/:token', undefined, async ({ request, response }) => {
    pages.requireSameOrigin(request);
    const session = await findSession(parts, request);
    if (!session) throw new GatewayError('signed_out', 'Sign in to the console first.', 401);
    const gatewayConsole = parts.console();
    if (!gatewayConsole) throw new GatewayError('starting', 'The gateway is starting. Try again.', 503);
    await login.touch(session);
    const file = gatewayConsole.openDownload(String(request.params['token']));
    const bytes = file && (await stat(file.path).catch(() => undefined))?.size;
    if (!file || bytes === undefined) {
      throw new GatewayError('not_found', 'That file is not there any more. Make it again.', 404);
    }
    await sendAttachment(response, { ...file, bytes });
  });

  createConsoleFiles(router, { pages, folder: parts.folder });
  return router;
}

const cookieOptions = (pages: SameOrigin, request: RouteRequest) =>
  ({ httpOnly: true, sameSite: 'strict', secure: pages.isSecure(request), path: '/' }) as const;

async function findSession(
  { login, pages }: Pick<ConsoleRouteParts, 'login' | 'pages'>,
  request: RouteRequest,
): Promise<ConsoleSession | undefined> {
  const id = readConsoleCookie(request, pages);
  return id === undefined ? undefined : login.findSession(id);
}

/** A form of a foreign page can post texts, but no JSON without asking first. */
function refuseForeignPost(pages: SameOrigin, request: RouteRequest): void {
  pages.requireSameOrigin(request);
  if (/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return;
  throw new GatewayError('unsupported_media_type', 'Content-Type must be application/json.', 415);
}

async function sendAttachment(
  response: Response,
  file: { readonly path: string; readonly name: string; readonly bytes: number },
): Promise<void> {
  response.attachment(file.name);
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Content-Length', file.bytes);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  response.setHeader('Cache-Control', 'no-store');
  // A reader that goes away in the middle is no fault.
  await pipeline(createReadStream(file.path), response).catch(() => response.destroy());
}
