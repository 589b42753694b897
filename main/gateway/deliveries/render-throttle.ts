import { createCpuBudget } from '../auth/cpu-budget';
import { RateLimitError } from '../auth/rate-limits';
import { ChannelError } from '../channels/channel';
import type { MessageRenderer } from '../messages/message-renderer';

/** Good templates take a millisecond, and are free. */
const freeMs = 5;
/** A tenth of the one thread that serves everybody. */
const slowMsPerMinute = 6_000;

/** Renders for one tenant, at its own cost. */
export type RenderThrottle = (customerId: string) => Pick<MessageRenderer, 'renderEmail' | 'renderWhatsApp'>;

/**
 * Templates may take up to half a second a part before they are ended, and one that is quick with its sample may be
 * slow with what comes. Messages of a tenant that has used up its share of slow rendering wait; nobody else's do.
 * What is returned throws ChannelError `deferred`, besides what the renderer throws.
 */
export function createRenderThrottle(
  renderer: MessageRenderer,
  budget = createCpuBudget(slowMsPerMinute, 'milliseconds of slow templates in a minute', { freeMs }),
): RenderThrottle {
  function spend<T>(customerId: string, work: () => T): T {
    try {
      return budget.spend(customerId, work);
    } catch (thrown) {
      if (!(thrown instanceof RateLimitError)) throw thrown;
      throw new ChannelError(
        'deferred',
        'templates_slow',
        "This customer's templates take very long: its messages wait, so that nobody else's do.",
        { retryAfterMs: thrown.state.resetSeconds * 1_000 },
      );
    }
  }

  return (customerId) => ({
    renderEmail: (...rest) => spend(customerId, () => renderer.renderEmail(...rest)),
    renderWhatsApp: (...rest) => spend(customerId, () => renderer.renderWhatsApp(...rest)),
  });
}
