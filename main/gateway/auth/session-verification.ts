import { LRUCache } from 'lru-cache';
import { createKeyedFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';

const timeoutMs = 5_000;
const cacheMs = 30_000;
const largestCache = 10_000;
const largestAnswer = 64 * 1024;

export interface SessionIds {
  readonly customerId: string;
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * Asks the PHP application whether three ids belong together: POST of
 * `{customer_id, user_id, session_id}` as JSON; a 2xx answer with `"valid": true` (or `success`, `ok`,
 * `authenticated`) says yes. Everything else, a time-out included, says no.
 */
export interface SessionVerification {
  readonly enabled: boolean;
  verify(ids: SessionIds): Promise<boolean>;
}

export function createSessionVerification(url: string | undefined, logger: Logger): SessionVerification {
  const confirmed = new LRUCache<string, number>({ max: largestCache });
  // A page that opens asks for several things at once: one question for all of them.
  const share = createKeyedFlight<boolean>();

  async function askAndKeep(address: string, key: string, ids: SessionIds): Promise<boolean> {
    const valid = await ask(address, ids, logger);
    if (valid) confirmed.set(key, Date.now() + cacheMs);
    return valid;
  }

  return {
    enabled: url !== undefined,
    async verify(ids) {
      if (url === undefined) return false;
      const key = JSON.stringify([ids.customerId, ids.userId, ids.sessionId]);
      if ((confirmed.get(key) ?? 0) > Date.now()) return true;
      return share(key, () => askAndKeep(url, key, ids));
    },
  };
}

async function ask(url: string, ids: SessionIds, logger: Logger): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ customer_id: ids.customerId, user_id: ids.userId, session_id: ids.sessionId }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readLimited(response);
    return response.ok && saysYes(text);
  } catch (thrown) {
    logger.warn('session.verification_failed', 'session could not be verified', {
      customer_id: ids.customerId,
      error: errorText(thrown),
    });
    return false;
  }
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (!response.body) return '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > largestAnswer) throw new Error('the answer of SESSION_VERIFY_URL is too long');
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString('utf8');
}

function saysYes(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== 'object' || answer === null) return false;
    const fields = answer as Record<string, unknown>;
    return ['valid', 'success', 'ok', 'authenticated'].some((name) => fields[name] === true);
  } catch {
    return false;
  }
}
