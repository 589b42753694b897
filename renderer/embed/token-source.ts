import { PageError, readFields, readPageError } from './page-error';
import type { PageSettings } from './page-settings';
import { requestJson } from './request-json';

/** Where a page's token comes from, and when a new one is due. */
export interface TokenSource {
  /**
   * A token that should be good, from the cache or a fresh one.
   * @throws PageError `no_token` when the page was given none and no way to get one, `token_expired` when the
   *   only one it had is over, or what the PHP app or the gateway answered
   */
  get(): Promise<string>;
  /** The gateway refused this token: it is not used again. */
  drop(token: string): void;
  /** Can a new one be had without loading the page again? */
  readonly renewable: boolean;
  readonly configured: boolean;
}

/** A token is renewed so long before its end. */
const renewEarlyMs = 30_000;
const timeoutMs = 10_000;

export function createTokenSource(settings: PageSettings, now: () => number = Date.now): TokenSource {
  const { gatewayUrl, tokenUrl, customerId, userId, sessionId } = settings;
  const byIds = customerId !== undefined && userId !== undefined && sessionId !== undefined;
  const renewable = tokenUrl !== undefined || byIds;
  let held = settings.token === undefined ? undefined : hold(settings.token, now());
  let asking: Promise<string> | undefined;

  async function ask(): Promise<string> {
    const answer =
      tokenUrl !== undefined
        ? await requestJson({ method: 'GET', url: tokenUrl, credentials: 'include', timeoutMs })
        : await requestJson({
            method: 'POST',
            url: `${gatewayUrl}/auth/token`,
            body: { customer_id: customerId, user_id: userId, session_id: sessionId },
            timeoutMs,
          });
    const token = readFields(answer.body)['token'];
    if (!answer.ok || typeof token !== 'string' || token === '') {
      throw readPageError(
        answer.body,
        answer.ok
          ? 'The answer to this page’s request for a token holds none.'
          : `This page got no token for the gateway (${answer.status}).`,
        'token_refused',
      );
    }
    held = hold(token, now());
    return token;
  }

  return {
    renewable,
    configured: renewable || settings.token !== undefined,
    get() {
      if (held && now() < held.renewAtMs) return Promise.resolve(held.token);
      if (!renewable) return Promise.reject(noTokenError(settings));
      asking ??= ask().finally(() => (asking = undefined));
      return asking;
    },
    drop(token) {
      if (held?.token === token) held = undefined;
    },
  };
}

function noTokenError(settings: PageSettings): PageError {
  return settings.token === undefined
    ? new PageError(
        'no_token',
        'This page has no token for the gateway: give its script tag data-token or data-token-url.',
      )
    : new PageError('token_expired', 'This page’s token has expired. Load the page again.');
}

interface HeldToken {
  readonly token: string;
  readonly renewAtMs: number;
}

/** Counted from now by its length of life: the clocks of office PCs are not to be trusted. */
function hold(token: string, nowMs: number): HeldToken {
  const { iat, exp } = readClaims(token);
  const lifetimeMs = typeof iat === 'number' && typeof exp === 'number' ? (exp - iat) * 1000 : Infinity;
  return { token, renewAtMs: nowMs + Math.max(0, lifetimeMs - renewEarlyMs) };
}

/** The claims of a token, unchecked: the gateway checks them. Empty when it cannot be read. */
export function readClaims(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    return readFields(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}
