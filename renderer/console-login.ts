/// <reference lib="dom" />
import { consoleRoles, type ConsoleRole } from '../main/contracts/console/roles';

/** The login of a headless gateway's console, by HTTP: see main/gateway/http/console-routes.ts. */

export class LoginError extends Error {
  override readonly name = 'LoginError';

  /** `away`: there was no answer; otherwise the gateway's code, such as `login_refused` or `rate_limited` */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const answerWithinMs = 10_000;

async function ask(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch {
    throw new LoginError('away', 'The gateway does not answer.');
  }
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.ok) return answer;
  const { code, error } = answer;
  throw new LoginError(
    typeof code === 'string' ? code : response.status >= 500 ? 'away' : 'unknown',
    typeof error === 'string' ? error : `The gateway answered ${response.status}.`,
  );
}

const post = (path: string, body: unknown) =>
  ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

/** @throws LoginError with a sentence for people */
export async function signIn(
  credentials: { readonly password: string; readonly name?: string } | { readonly link_token: string },
): Promise<void> {
  await post('/console/login', credentials);
}

export async function signOut(): Promise<void> {
  await post('/console/logout', {});
}

/**
 * Is this browser signed in, and how can one sign in here: by the console's password, by names; else by one-time links
 * only. @throws LoginError
 */
export async function readSession(): Promise<{
  readonly signedIn: boolean;
  readonly passwordSet: boolean;
  readonly namesUsed: boolean;
}> {
  const session = await ask('/console/session', { signal: AbortSignal.timeout(answerWithinMs) });
  // A proxy's page for “back soon” is an answer too.
  if (session['success'] !== true) throw new LoginError('away', 'The gateway does not answer.');
  return {
    signedIn: session['signed_in'] === true,
    passwordSet: session['password_set'] === true,
    namesUsed: session['names_used'] === true,
  };
}

/** Whose invitation it is. @throws LoginError */
export async function readInvitation(
  token: string,
): Promise<{ readonly name: string; readonly role: ConsoleRole }> {
  const { name, role } = await post('/console/invitation', { token });
  return { name: String(name), role: consoleRoles.find((known) => known === role) ?? 'reader' };
}

/** Chooses the password and signs in; once. @throws LoginError */
export async function acceptInvitation(token: string, password: string): Promise<void> {
  await post('/console/invitation', { token, password });
}
