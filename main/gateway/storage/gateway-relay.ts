import { randomBytes } from 'node:crypto';
import { createRepeatedFlight } from '../concurrency/single-flight';
import { waitAtMost } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Database } from './database';
import { listenForNotifications } from './notification-listener';

/**
 * Gateways that share a system database tell each other something, in order and at most once: by its notifications,
 * which nobody but they can send or hear.
 */
export interface GatewayRelay {
  /** @param to a gateway's instance number; undefined: all others */
  send(to: number | undefined, message: unknown): void;
  stop(): Promise<void>;
}

interface GatewayRelayOptions {
  readonly system: Database;
  readonly instance: number;
  readonly logger: Logger;
  onMessage(from: number, message: unknown): void;
  /** After each connect, and when sending works again: something may have been missed before. */
  onConnected(): void;
}

const toAll = 'modular_gateway_relay';
/** A payload has less than 8000 bytes: https://www.postgresql.org/docs/current/sql-notify.html */
const largestBytes = 7_900;
const partLength = 2_400;
/** What waits beyond it is dropped: sockets are at-most-once, and a client asks for what it missed. */
const mostWaiting = 20_000;
const incompleteForMs = 30_000;
const stopWithinMs = 1_500;

interface Note {
  readonly channel: string;
  readonly text: string;
}

/** `p`: a part of a message that is too long for one notification */
type Parcel =
  | { readonly f: number; readonly m: readonly unknown[] }
  | { readonly f: number; readonly p: { id: string; at: number; of: number; text: string } };

export function createGatewayRelay(options: GatewayRelayOptions): GatewayRelay {
  const { system, instance, logger } = options;
  const waiting: Note[] = [];
  const incomplete = new Map<string, { readonly parts: string[]; readonly sinceMs: number }>();
  const sending = createRepeatedFlight(sendAll);
  let stopped = false;

  const channelOf = (to: number | undefined) => (to === undefined ? toAll : `${toAll}_${to}`);

  /** What waits for one gateway shares notifications, as far as it fits. */
  function nextParcels(): Note[] {
    const channel = waiting[0]?.channel ?? toAll;
    const texts: string[] = [];
    let bytes = 40;
    while (waiting[0]?.channel === channel && texts.length < 200) {
      const size = Buffer.byteLength(waiting[0].text) + 1;
      if (bytes + size > largestBytes) break;
      bytes += size;
      texts.push(waiting.shift()?.text ?? '');
    }
    if (texts.length > 0) return [{ channel, text: `{"f":${instance},"m":[${texts.join(',')}]}` }];
    return split(waiting.shift()?.text ?? '').map((text) => ({ channel, text }));
  }

  /** By characters, none of which takes more than three bytes; JSON doubles quotes and backslashes at most. */
  function split(text: string): string[] {
    const id = randomBytes(6).toString('hex');
    const of = Math.ceil(text.length / partLength);
    return Array.from({ length: of }, (_, at) => {
      const part = {
        id,
        at,
        of,
        text: Buffer.from(text.slice(at * partLength, (at + 1) * partLength), 'utf16le').toString('base64'),
      };
      return JSON.stringify({ f: instance, p: part } satisfies Parcel);
    });
  }

  let hasMissed = false;

  async function sendAll(): Promise<void> {
    // What is said in the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const parcels = nextParcels();
      try {
        await system.query({
          name: 'relay.notify',
          text: 'select pg_notify(n.channel, n.payload) from unnest($1::text[], $2::text[]) as n(channel, payload)',
          values: [parcels.map(({ channel }) => channel), parcels.map(({ text }) => text)],
        });
      } catch (thrown) {
        logger.debug('relay.send_failed', 'other gateways could not be told', { error: errorText(thrown) });
        waiting.length = 0;
        hasMissed = true;
        continue;
      }
      if (!hasMissed || stopped) continue;
      hasMissed = false;
      options.onConnected();
    }
  }

  function take(payload: string): void {
    try {
      const parcel = JSON.parse(payload) as Parcel;
      if (parcel.f === instance) return;
      if ('m' in parcel) {
        for (const message of parcel.m) options.onMessage(parcel.f, message);
        return;
      }
      const { id, at, of, text } = parcel.p;
      const now = performance.now();
      for (const [key, { sinceMs }] of incomplete)
        if (now - sinceMs > incompleteForMs) incomplete.delete(key);
      const kept = incomplete.get(id) ?? { parts: [], sinceMs: now };
      kept.parts[at] = Buffer.from(text, 'base64').toString('utf16le');
      incomplete.set(id, kept);
      if (Object.keys(kept.parts).length < of) return;
      incomplete.delete(id);
      options.onMessage(parcel.f, JSON.parse(kept.parts.join('')));
    } catch (thrown) {
      logger.debug('relay.message_unreadable', 'what another gateway told could not be read', {
        error: errorText(thrown),
      });
    }
  }

  const listener = listenForNotifications({
    database: system,
    channel: `${toAll}_${instance}`,
    logger,
    onNotification: take,
    onConnected: () => options.onConnected(),
    async prepare(client) {
      await client.query(`listen ${toAll}`);
    },
  });

  return {
    send(to, message) {
      if (stopped || waiting.length >= mostWaiting) return;
      waiting.push({ channel: channelOf(to), text: JSON.stringify(message) });
      void sending.run();
    },
    async stop() {
      stopped = true;
      if (sending.running) await waitAtMost(sending.running, stopWithinMs);
      await listener.stop();
    },
  };
}
