import type { Socket } from 'socket.io';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { Logger } from '../logger';

/** Room for a page that catches up or lists much; events have limits of their own besides. */
const leastPerMinute = 1_200;
/** A client that does not slow down for so many refusals is ended. */
const refusalsUntilEnd = 500;
const tellEveryMs = 1_000;

export interface MessageLimitParts {
  readonly logger: Logger;
  readonly customerId: string;
  readonly settings: () => Pick<TenantSettings, 'rate_limit_per_minute'> | undefined;
  /** ms; for tests */
  readonly now?: () => number;
}

/**
 * A token bucket for each socket, before anything is read of a message: twice what its tenant may send in a
 * minute, at least 1200. What is beyond is answered `rate_limited`, and who goes on is disconnected.
 */
export function limitMessages(socket: Socket, parts: MessageLimitParts): void {
  const now = parts.now ?? (() => performance.now());
  let level = perMinute();
  let filledAt = now();
  let refusals = 0;
  let toldAt = -Infinity;

  function perMinute(): number {
    return Math.max(leastPerMinute, 2 * (parts.settings()?.rate_limit_per_minute ?? 0));
  }

  function take(): boolean {
    const limit = perMinute();
    const at = now();
    level = Math.min(limit, level + ((at - filledAt) / 60_000) * limit);
    filledAt = at;
    if (level < 1) return false;
    level -= 1;
    return true;
  }

  socket.use((packet: readonly unknown[], next) => {
    if (take()) {
      // What trickles back while a flood goes on forgives nothing.
      if (level > perMinute() / 2) refusals = 0;
      next();
      return;
    }
    refusals += 1;
    const retryAfter = Math.max(1, Math.ceil((60 / perMinute()) * refusals));
    const refusal = {
      success: false,
      error: `Too many messages of this socket: try again in ${retryAfter} s.`,
      code: 'rate_limited',
      details: { retry_after_seconds: retryAfter },
    };
    const reply = packet.at(-1);
    if (typeof reply === 'function') (reply as (answer: object) => void)(refusal);
    else if (now() - toldAt >= tellEveryMs) {
      toldAt = now();
      socket.emit('event:refused', refusal);
    }
    if (refusals < refusalsUntilEnd) return;
    parts.logger.warn('socket flood ended', { customer_id: parts.customerId, refused: refusals });
    socket.disconnect(true);
  });
}
