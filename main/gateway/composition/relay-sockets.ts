import { z } from 'zod';
import type { SocketsElsewhere } from '../sockets/broadcast';
import type { SocketServer } from '../sockets/socket-server';
import type { SharedRelay } from '../storage/open-relay';

/** What gateways say to each other of their sockets. */
const messageSchema = z.discriminatedUnion('t', [
  /** I am new, or may have missed something: who has sockets of whom? */
  z.object({ t: z.literal('hello') }),
  /** these tenants have sockets here, and no others */
  z.object({ t: z.literal('all'), c: z.array(z.string()) }),
  /** `k`: answer with it */
  z.object({ t: z.literal('here'), c: z.string(), k: z.number().optional() }),
  z.object({ t: z.literal('noted'), k: z.number() }),
  z.object({ t: z.literal('gone'), c: z.string() }),
  z.object({ t: z.literal('bye') }),
  /** for the sockets of a tenant: an event's name and its payload */
  z.object({ t: z.literal('emit'), c: z.string(), n: z.string(), d: z.record(z.string(), z.unknown()) }),
]);
type Message = z.output<typeof messageSchema>;

interface SocketRelay extends SocketsElsewhere {
  stop(): void;
}

interface Peer {
  customers: Set<string>;
  heardAtMs: number;
}

const reviewEveryMs = 3_000;
/** What lives is read every few seconds: silence that is shorter says nothing. */
const forgetAfterMs = 30_000;
/** A gateway that died a moment ago answers no more. */
const announceWithinMs = 500;

/**
 * Sockets of a tenant hear everything, whichever gateway they are connected to. What happens at one is told only to
 * those that have sockets of that tenant; a gateway that is alone says nothing to anybody.
 */
export function relaySockets(relay: SharedRelay, emitHere: SocketServer['emitHere']): SocketRelay {
  const peers = new Map<number, Peer>();
  let watched = new Map<string, number[]>();
  /** tenants with sockets here: settled once the others know */
  const here = new Map<string, Promise<void>>();
  const unanswered = new Map<number, { readonly from: Set<number>; readonly done: () => void }>();
  let lastKey = 0;

  function recount(): void {
    watched = new Map();
    for (const [peer, { customers }] of peers) {
      for (const customerId of customers) {
        const known = watched.get(customerId);
        if (known) known.push(peer);
        else watched.set(customerId, [peer]);
      }
    }
  }

  const say = (to: number | undefined, message: Message): void => relay.send(to, message);
  const introduce = (to: number | undefined): void => {
    say(to, { t: 'hello' });
    say(to, { t: 'all', c: [...here.keys()] });
  };

  function hear(from: number): Peer {
    const peer = peers.get(from) ?? { customers: new Set(), heardAtMs: 0 };
    peer.heardAtMs = performance.now();
    peers.set(from, peer);
    return peer;
  }

  function drop(peer: number): void {
    peers.delete(peer);
    for (const [key, waiting] of unanswered) if (waiting.from.has(peer)) answer(key, peer);
    recount();
  }

  function answer(key: number, from: number): void {
    const waiting = unanswered.get(key);
    waiting?.from.delete(from);
    if (waiting?.from.size === 0) waiting.done();
  }

  function take(from: number, message: Message): void {
    if (message.t === 'bye') {
      drop(from);
      return;
    }
    const peer = hear(from);
    switch (message.t) {
      case 'hello':
        say(from, { t: 'all', c: [...here.keys()] });
        break;
      case 'all':
        peer.customers = new Set(message.c);
        recount();
        break;
      case 'here':
        peer.customers.add(message.c);
        recount();
        if (message.k !== undefined) say(from, { t: 'noted', k: message.k });
        break;
      case 'gone':
        peer.customers.delete(message.c);
        recount();
        break;
      case 'noted':
        answer(message.k, from);
        break;
      case 'emit':
        emitHere(message.c, message.n, message.d);
    }
  }

  /** Resolves when every other gateway has noted it, or does not answer. */
  function tellOfSockets(customerId: string): Promise<void> {
    const others = new Set([...peers.keys(), ...relay.othersAlive()]);
    if (others.size === 0) return Promise.resolve();
    lastKey += 1;
    const key = lastKey;
    return new Promise((resolve) => {
      const timer = setTimeout(() => unanswered.get(key)?.done(), announceWithinMs);
      const done = (): void => {
        clearTimeout(timer);
        unanswered.delete(key);
        resolve();
      };
      unanswered.set(key, { from: others, done });
      say(undefined, { t: 'here', c: customerId, k: key });
    });
  }

  relay.listen({
    onMessage(from, message) {
      // Of another part, or of a newer gateway: what is not understood is not for us.
      const read = messageSchema.safeParse(message);
      if (read.success) take(from, read.data);
    },
    onConnected: () => introduce(undefined),
  });

  const timer = setInterval(() => {
    const alive = relay.othersAlive();
    for (const peer of alive) if (!peers.has(peer)) introduce(peer);
    if (!relay.knowsLiving()) return;
    const silentSince = performance.now() - forgetAfterMs;
    for (const [peer, { heardAtMs }] of peers) {
      if (heardAtMs < silentSince && !alive.includes(peer)) drop(peer);
    }
  }, reviewEveryMs);

  return {
    isWatched: (customerId) => watched.has(customerId),
    emit(customerId, name, payload) {
      for (const peer of watched.get(customerId) ?? []) {
        say(peer, { t: 'emit', c: customerId, n: name, d: { ...payload } });
      }
    },
    announce(customerId) {
      const known = here.get(customerId);
      if (known) return known;
      const told = tellOfSockets(customerId);
      here.set(customerId, told);
      return told;
    },
    withdraw(customerId) {
      if (here.delete(customerId) && peers.size > 0) say(undefined, { t: 'gone', c: customerId });
    },
    stop() {
      clearInterval(timer);
      for (const { done } of [...unanswered.values()]) done();
      if (peers.size > 0) say(undefined, { t: 'bye' });
    },
  };
}
