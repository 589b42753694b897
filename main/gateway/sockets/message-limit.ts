import type { Socket } from 'socket.io';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { Logger } from '../observability/logger';
import { createMessageBucket } from './message-bucket';

/** Room for a page that catches up or lists much; events have limits of their own besides. */
const leastPerMinute = 1_200;
const announceEveryMs = 1_000;

export interface MessageLimitParts {
  readonly logger: Logger;
  readonly customerId: string;
  readonly settings: () => Pick<TenantSettings, 'rate_limit_per_minute'> | undefined;
}

/**
 * A token bucket for each socket, before anything is read of a message: twice what its tenant may send in a
 * minute, at least 1200. What is beyond is answered `rate_limited`, and who goes on is disconnected.
 */
export function limitMessages(socket: Socket, parts: MessageLimitParts): void {
  const take = createMessageBucket(() =>
    Math.max(leastPerMinute, 2 * (parts.settings()?.rate_limit_per_minute ?? 0)),
  );
  let announcedAt = -Infinity;

  socket.use((packet: readonly unknown[], next) => {
    const refused = take();
    if (!refused) {
      next();
      return;
    }
    const { retryAfterSeconds } = refused;
    const refusal = {
      success: false,
      error: `Too many messages of this socket: try again in ${retryAfterSeconds} s.`,
      code: 'rate_limited',
      details: { retry_after_seconds: retryAfterSeconds },
    };
    const reply = packet.at(-1);
    if (typeof reply === 'function') (reply as (answer: object) => void)(refusal);
    else if (performance.now() - announcedAt >= announceEveryMs) {
      announcedAt = performance.now();
      socket.emit('event:refused', refusal);
    }
    if (!refused.isFlood) return;
    parts.logger.warn('socket.flooded', 'socket disconnected: it flooded the gateway with messages', {
      customer_id: parts.customerId,
      refused: refused.refusals,
    });
    socket.disconnect(true);
  });
}
