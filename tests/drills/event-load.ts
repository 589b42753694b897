import { setTimeout as sleep } from 'node:timers/promises';

export interface EventLoad {
  /** numbers of the events that were acknowledged with an event id */
  readonly acknowledged: ReadonlySet<number>;
  readonly sent: number;
  /** Lets the posts that are under way end, and sends no more. */
  stop(): Promise<void>;
}

/** The address that event number `n` is mailed to. */
export const addressOf = (n: number): string => `drill${n}@example.com`;

/**
 * Posts events, several at a time, to wherever the gateway is at the moment, until told to stop. A post that is
 * not answered is not repeated: it may or may not have been stored.
 */
export function startEventLoad(target: {
  readonly apiKey: string;
  readonly origin: () => string;
  readonly concurrency: number;
  readonly firstNumber?: number;
}): EventLoad {
  const acknowledged = new Set<number>();
  let next = target.firstNumber ?? 0;
  let stopped = false;

  async function post(n: number): Promise<boolean> {
    try {
      const response = await fetch(`${target.origin()}/api/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${target.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          event_type: 'invoice:sent',
          event_data: {
            invoice_id: n,
            client_email: addressOf(n),
            invoice_number: `INV-${n}`,
            total_amount: n,
          },
        }),
        signal: AbortSignal.timeout(20_000),
      });
      const answer = (await response.json()) as { event_id?: number };
      if (response.status === 202 && answer.event_id !== undefined) acknowledged.add(n);
      return response.status === 202;
    } catch {
      return false;
    }
  }

  const workers = Array.from({ length: target.concurrency }, async () => {
    while (!stopped) {
      const n = next;
      next += 1;
      // A gateway that is away is not asked ten thousand times a second.
      if (!(await post(n))) await sleep(20);
    }
  });
  return {
    acknowledged,
    get sent() {
      return next - (target.firstNumber ?? 0);
    },
    async stop() {
      stopped = true;
      await Promise.all(workers);
    },
  };
}
