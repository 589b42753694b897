import { setTimeout as delay } from 'node:timers/promises';
import type { TenantSettings } from '../../../contracts/tenant-settings';
import { ChannelError } from '../channel';
import { drawGapMs } from './pacing';

/** A claimed message is shown as being sent: it does not wait longer than this for its gap. */
const longestWaitMs = 15_000;

type GapSettings = Pick<TenantSettings, 'whatsapp_min_gap_ms' | 'whatsapp_max_gap_ms'>;

/** The gaps between messages, each counted under a key: a tenant's, or the office number's. */
export interface SendGaps {
  /** when the next may leave (epoch, ms); 0: at once */
  nextMs(key: string, settings: GapSettings): number;
  /**
   * Waits for the gap to the message before; a longer one than a claim should be held for is waited for outside.
   * @throws ChannelError deferred `paced`
   */
  wait(key: string, settings: GapSettings, abort: AbortSignal): Promise<void>;
  noteSent(...keys: string[]): void;
}

export function createSendGaps(now: () => Date, random: () => number): SendGaps {
  /** when the last message left, and the number that was drawn for the gap after it */
  const lastSends = new Map<string, { readonly atMs: number; readonly drawn: number }>();

  /** Computed again each time: a setting that changed holds for the gap that is running, too. */
  function nextMs(key: string, settings: GapSettings): number {
    const last = lastSends.get(key);
    return last === undefined ? 0 : last.atMs + drawGapMs(settings, () => last.drawn);
  }

  return {
    nextMs,
    async wait(key, settings, abort) {
      const waitMs = nextMs(key, settings) - now().getTime();
      if (waitMs <= 0) return;
      const isLong = waitMs > longestWaitMs;
      if (!isLong) await delay(waitMs, undefined, { signal: abort }).catch(() => undefined);
      if (isLong || abort.aborted) {
        throw new ChannelError('deferred', 'paced', 'The next message waits for its gap.', {
          retryAfterMs: waitMs,
        });
      }
    },
    noteSent(...keys) {
      for (const key of keys) lastSends.set(key, { atMs: now().getTime(), drawn: random() });
    },
  };
}
