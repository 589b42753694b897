import type { Response, Router } from 'express';
import { consoleCookieName } from '../auth/console-cookie';
import { longestSessionSeconds, type ConsoleLogin, type ConsoleSession } from '../auth/console-login';
import type { ProvenPerson } from '../auth/console-people';
import { describePersonChange } from '../auth/describe-person-change';
import { toNameKey } from '../auth/person-name';
import type { AddressLimit } from '../auth/rate-limits';
import type { SameOrigin } from '../auth/same-origin';
import { GatewayError } from '../errors';
import type { HttpParts } from './http-parts';
import { mountOpenRoute, type RouteRequest } from './mount-route';
import { consoleInvitationSchema, consoleLoginSchema } from './request-schemas';
import { sendJson } from './send-json';

export interface SignInParts extends Pick<HttpParts, 'clientAddress' | 'audit'> {
  readonly login: ConsoleLogin;
  readonly pages: SameOrigin;
  /** failed logins by address */
  readonly loginLimit: AddressLimit;
  /**
   * Failed logins by the name that was typed, whether there is somebody of that name or not; not those from where its
   * person signed in of late, or anybody who knows the name could shut them out.
   */
  readonly nameLimit: AddressLimit;
}

/** Who came in, before there is a session. */
type Admitted = Pick<ConsoleSession, 'method'> & { readonly person?: ProvenPerson };

/** Signing in by the console's password, by a link, or by name and password; accepting an invitation. */
export function mountSignIn(router: Router, parts: SignInParts): void {
  const { login, pages, loginLimit, nameLimit, audit } = parts;

  const gate = async ({ request }: { readonly request: RouteRequest }): Promise<void> => {
    refuseForeignPost(pages, request);
    await loginLimit.check(parts.clientAddress(request));
  };

  /** Begins the session and sets its cookie. False: what they proved is not theirs any more. */
  async function letIn(request: RouteRequest, response: Response, admitted: Admitted): Promise<boolean> {
    const address = parts.clientAddress(request);
    const id = admitted.person
      ? await login.startPersonSession(admitted.person, address)
      : await login.startSession(admitted.method, address);
    if (id === undefined) return false;
    response.cookie(consoleCookieName(request, pages), id, {
      ...cookieOptions(pages, request),
      maxAge: longestSessionSeconds * 1_000,
    });
    const actor = describeSignIn(admitted);
    await audit.record({ actor, action: 'console.signed_in', customerId: null, detail: { address } });
    return true;
  }

  mountOpenRoute(router, 'POST /console/login', gate, async ({ request, response, body: given }) => {
    const address = parts.clientAddress(request);
    const read = consoleLoginSchema.safeParse(given);
    if (!read.success) {
      throw new GatewayError('invalid_body', 'Either password or link_token is required, as a text.', 422, [
        { path: 'password', message: 'is required, or link_token' },
      ]);
    }
    const body = read.data;
    const name = 'password' in body ? (body.name ?? '').trim() : '';
    const method = 'password' in body ? 'password' : 'link';
    if (/[\p{Cc}\p{Cs}]/u.test(name)) {
      throw new GatewayError('invalid_body', 'The name must not contain control characters.', 422, [
        { path: 'name', message: 'must not contain control characters' },
      ]);
    }
    // Counted before it is looked at: a hundred guesses at once are a hundred.
    await loginLimit.take(address);
    const countsByName = name !== '' && !(await login.people.hasSignedInFrom(name, address));
    if (countsByName) await takeOfName(name, address);
    const admitted = await admit();
    if (!admitted || !(await letIn(request, response, admitted))) {
      await audit.record({
        actor: `console (${method})`,
        action: 'console.sign_in_refused',
        customerId: null,
        // A name that was typed may well be a password in the wrong field: only names that are somebody's are kept.
        detail: { address, ...(await nameOf(name)) },
      });
      throw new GatewayError('login_refused', refusalOf(method, name), 401);
    }
    await loginLimit.giveBack(address);
    if (countsByName) await nameLimit.giveBack(toNameKey(name));
    sendJson(response, 200, { success: true, method });

    async function admit(): Promise<Admitted | undefined> {
      if (!('password' in body)) return (await login.takeLink(body.link_token)) ? { method } : undefined;
      if (name === '') return (await login.checkPassword(body.password)) ? { method } : undefined;
      const person = await login.people.checkPassword(name, body.password);
      return person && { method, person };
    }
  });

  /** Where it refuses, no password was tried: it counts for this address no more than for the name. */
  async function takeOfName(name: string, address: string): Promise<void> {
    await nameLimit.take(toNameKey(name)).catch(async (thrown: unknown) => {
      await loginLimit.giveBack(address);
      throw thrown;
    });
  }

  async function nameOf(name: string): Promise<{ readonly person?: string }> {
    if (name === '') return {};
    const known = await login.people.get(name).catch(() => undefined);
    return known ? { person: known.name } : {};
  }

  mountOpenRoute(router, 'POST /console/invitation', gate, async ({ request, response, body: given }) => {
    const address = parts.clientAddress(request);
    const read = consoleInvitationSchema.safeParse(given);
    if (!read.success) {
      const path = read.error.issues[0]?.path[0] === 'password' ? 'password' : 'token';
      throw new GatewayError('invalid_body', `The ${path} is not right.`, 422, [
        { path, message: 'is required, as a text' },
      ]);
    }
    const { token, password } = read.data;
    await loginLimit.take(address);
    const invited = await login.people.readInvitation(token);
    if (!invited) throw invitationRefused();
    const { name, role } = invited;
    if (password !== undefined) {
      const proven = await login.people.acceptInvitation(token, password).catch(async (thrown: unknown) => {
        // The link is right and stays: a password that is too short is no guess.
        await loginLimit.giveBack(address);
        throw thrown;
      });
      const admitted = proven && ({ method: 'password', person: proven } as const);
      if (!admitted || !(await letIn(request, response, admitted))) throw invitationRefused();
      await audit.record({
        actor: describeSignIn(admitted),
        action: 'person.invitation_accepted',
        customerId: null,
        detail: {
          ...describePersonChange(invited, {
            password: [invited.state === 'invited' ? undefined : 'set', 'set anew'],
          }),
          role,
          address,
        },
      });
    }
    await loginLimit.giveBack(address);
    sendJson(response, 200, { success: true, name, role });
  });
}

/** `console (password)`, `console (Thandi, staff)`: where there is an address it is in the entry's detail. */
export function describeSignIn({ method, person }: Pick<ConsoleSession, 'method' | 'person'>): string {
  return `console (${person ? `${person.name}, ${person.role}` : method})`;
}

/** The same for a wrong password and for a name that nobody has. */
function refusalOf(method: ConsoleSession['method'], name: string): string {
  if (method === 'link') {
    return 'That link has been used, or is too old. A new one is made by: modular-gateway console link';
  }
  return name === '' ? 'That is not the password of this console.' : 'That name and password do not match.';
}

function invitationRefused(): GatewayError {
  return new GatewayError(
    'invitation_refused',
    'That invitation has been used, or is too old. Ask an operator for a new link.',
    401,
  );
}

export const cookieOptions = (pages: SameOrigin, request: RouteRequest) =>
  ({ httpOnly: true, sameSite: 'strict', secure: pages.isSecure(request), path: '/' }) as const;

/** A form of a foreign page can post texts, but no JSON without asking first. */
export function refuseForeignPost(pages: SameOrigin, request: RouteRequest): void {
  pages.requireSameOrigin(request);
  if (/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return;
  throw new GatewayError('unsupported_media_type', 'Content-Type must be application/json.', 415);
}
