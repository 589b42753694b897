import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Router, type Response } from 'express';
import type { ConsoleRole } from '../../contracts/console/roles';
import { consoleCookieName, readConsoleCookie } from '../auth/console-cookie';
import type { ConsoleSession } from '../auth/console-login';
import type { ConsolePerson } from '../auth/console-people';
import { GatewayError } from '../errors';
import { createConsoleFiles } from './console-files';
import {
  cookieOptions,
  describeSignIn,
  mountSignIn,
  refuseForeignPost,
  type SignInParts,
} from './console-sign-in';
import { mountOpenRoute, type RouteRequest } from './mount-route';
import { sendJson } from './send-json';

/*
 * The console of a headless gateway, as its renderer sees it. Errors are `{success:false, error, code}`.
 *
 * GET  /console                → 307 to ./console/; /console/ and /console/assets/* are the renderer's files
 * GET  /console/session        200 {success, signed_in, method: 'password'|'link'|null, password_set, names_used}
 * POST /console/login          {password, name?} or {link_token}: 200 {success, method} and the cookie;
 *                              401 `login_refused`; 429 `rate_limited` with Retry-After after ten failures a minute
 * POST /console/invitation     {token}: 200 {success, name, role}; {token, password}: the same, and the cookie;
 *                              401 `invitation_refused`; 429 as above
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

export interface ConsoleRouteParts extends SignInParts {
  /** Undefined until the gateway is up. */
  readonly console: () =>
    | {
        openDownload(
          token: string,
          viewer: { readonly role: ConsoleRole; readonly person?: ConsolePerson },
        ): { readonly path: string; readonly name: string } | undefined;
      }
    | undefined;
  /** where the renderer's files are; found automatically unless given */
  readonly folder?: string;
}

/** Files, login and downloads of the console; not made at all where it is switched off. */
export function createConsoleRoutes(parts: ConsoleRouteParts): Router {
  const { login, pages, audit } = parts;
  const router = Router();

  mountOpenRoute(router, 'GET /console/session', undefined, async ({ request, response }) => {
    pages.requireSameOrigin(request);
    const session = await findSession(parts, request);
    sendJson(response, 200, {
      success: true,
      signed_in: session !== undefined,
      method: session?.method ?? null,
      password_set: await login.hasPassword(),
      names_used: await login.people.hasAny(),
    });
  });

  mountSignIn(router, parts);

  const ownPost = ({ request }: { readonly request: RouteRequest }) => refuseForeignPost(pages, request);

  mountOpenRoute(router, 'POST /console/logout', ownPost, async ({ request, response }) => {
    const session = await findSession(parts, request);
    response.clearCookie(consoleCookieName(request, pages), cookieOptions(pages, request));
    if (session && (await login.endSession(session))) {
      await audit.record({
        actor: describeSignIn(session),
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
    const file = gatewayConsole.openDownload(String(request.params['token']), {
      role: session.person?.role ?? 'operator',
      ...(session.person ? { person: session.person } : {}),
    });
    const bytes = file && (await stat(file.path).catch(() => undefined))?.size;
    if (!file || bytes === undefined) {
      throw new GatewayError('not_found', 'That file is not there any more. Make it again.', 404);
    }
    await sendAttachment(response, { ...file, bytes });
  });

  createConsoleFiles(router, { pages, folder: parts.folder });
  return router;
}

async function findSession(
  { login, pages }: Pick<ConsoleRouteParts, 'login' | 'pages'>,
  request: RouteRequest,
): Promise<ConsoleSession | undefined> {
  const id = readConsoleCookie(request, pages);
  return id === undefined ? undefined : login.findSession(id);
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
