import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import type { TestGateway } from './start-gateway';

/** The `Cookie` header that an answer's `Set-Cookie` makes a browser send. */
export function cookieOf(answer: { readonly headers: Headers }): string {
  const [cookie = ''] = answer.headers.getSetCookie();
  return cookie.split(';')[0] ?? '';
}

/** Signs in to the gateway's console by a one-time link, and returns the `Cookie` header. */
export async function signIn(gateway: TestGateway): Promise<string> {
  const { token } = await createConsoleLogin(gateway.system).makeLink();
  const answer = await gateway.call('/console/login', { body: { link_token: token } });
  if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}`);
  return cookieOf(answer);
}
