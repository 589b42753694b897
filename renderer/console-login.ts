/// <reference lib="dom" />
/** The login of a headless gateway's console, by HTTP: see main/gateway/http/console-routes.ts. */

export class LoginError extends Error {
  override readonly name = 'LoginError';
}

async function post(path: string, body: unknown): Promise<void> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new LoginError('The gateway does not answer.');
  }
  if (response.ok) return;
  const answer = (await response.json().catch(() => ({}))) as { error?: unknown };
  throw new LoginError(
    typeof answer.error === 'string' ? answer.error : `The gateway answered ${response.status}.`,
  );
}

/** @throws LoginError with a sentence for people */
export const signIn = (credentials: { readonly password: string } | { readonly link_token: string }) =>
  post('/console/login', credentials);

export const signOut = () => post('/console/logout', {});
