import { z } from 'zod';
import type { Logger } from '../observability/logger';
import type { SocketServer } from '../sockets/socket-server';
import type { Database } from '../storage/database';
import { createGatewayRelay } from '../storage/gateway-relay';

/** What gateways say to each other of their sockets. */
const messageSchema = z.discriminatedUnion('t', [
  /** I am new, or may have missed something: who has sockets of whom? */
  z.object({ t: z.literal('hello') }),
  /** these tenants have sockets here, and no others */
  z.object({ t: z.literal('all'), c: z.array(z.string()) }),
  z.object({ t: z.literal('here'), c: z.string() }),
  z.object({ t: z.literal('gone'), c: z.string() }),
  z.object({ t: z.literal('bye') }),
  /** for the sockets of a tenant: an event's name and its payload */
  z.object({ t: z.literal('emit'), c: z.string(), n: z.string(), d: z.record(z.string(), z.unknown()) }),
]);
type Message = z.output<typeof messageSchema>;

interface SocketRelay {
  /** Are there sockets of this tenant at another gateway? */
  isWatched(customerId: string): boolean;
  emit(customerId: string, name: string, payload: object): void;
  /** The first socket of a tenant came, or its last went. */
  notePresence(customerId: string, isPresent: boolean): void;
  stop(): Promise<void>;
}

const forgetDeadEveryMs = 3_000;

/**
 * Sockets of a tenant hear everything, whichever gateway they are connected to. What happens at one is told only to
 * those that have sockets of that tenant; a gateway that is alone says nothing to anybody.
 */
export function relaySockets(parts: {
  readonly system: Database;
  readonly instance: number;
  readonly logger: Logger;
  /** undefined before they are opened */
  readonly sockets: () => Pick<SocketServer, 'connections' | 'emitHere'> | undefined;
  /** instances of the gateways that live; undefined: not known just now */
  readonly living: () => readonly number[] | undefined;
}): SocketRelay {
  const peers = new Map<number, Set<string>>();
  let watched = new Map<string, number[]>();

  function recount(): void {
    watched = new Map();
    for (const [peer, customers] of peers) {
      for (const customerId of customers) {
        const known = watched.get(customerId);
        if (known) known.push(peer);
        else watched.set(customerId, [peer]);
      }
    }
  }

  const say = (to: number | undefined, message: Message): void => relay.send(to, message);
  const sayAll = (to: number | undefined): void => {
    const here = new Set((parts.sockets()?.connections.list() ?? []).map(({ customerId }) => customerId));
    say(to, { t: 'all', c: [...here] });
  };

  function take(from: number, message: Message): void {
    const known = peers.get(from);
    switch (message.t) {
      case 'hello':
        if (!known) peers.set(from, new Set());
        sayAll(from);
        return;
      case 'all':
        peers.set(from, new Set(message.c));
        recount();
        return;
      case 'here':
      case 'gone': {
        const customers = known ?? new Set<string>();
        if (message.t === 'here') customers.add(message.c);
        else customers.delete(message.c);
        peers.set(from, customers);
        recount();
        return;
      }
      case 'bye':
        peers.delete(from);
        recount();
        return;
      case 'emit':
        parts.sockets()?.emitHere(message.c, message.n, message.d);
    }
  }

  const relay = createGatewayRelay({
    system: parts.system,
    instance: parts.instance,
    logger: parts.logger,
    onMessage(from, message) {
      // Of a newer gateway, perhaps: what is not understood is not for us.
      const read = messageSchema.safeParse(message);
      if (read.success) take(from, read.data);
    },
    onConnected() {
      say(undefined, { t: 'hello' });
      sayAll(undefined);
    },
  });

  const timer = setInterval(() => {
    const living = parts.living();
    if (!living || peers.size === 0) return;
    let isChanged = false;
    for (const peer of peers.keys()) if (!living.includes(peer)) isChanged = peers.delete(peer) || isChanged;
    if (isChanged) recount();
  }, forgetDeadEveryMs);

  return {
    isWatched: (customerId) => watched.has(customerId),
    emit(customerId, name, payload) {
      for (const peer of watched.get(customerId) ?? []) {
        say(peer, { t: 'emit', c: customerId, n: name, d: { ...payload } });
      }
    },
    notePresence(customerId, isPresent) {
      if (peers.size > 0) say(undefined, { t: isPresent ? 'here' : 'gone', c: customerId });
    },
    async stop() {
      clearInterval(timer);
      if (peers.size > 0) say(undefined, { t: 'bye' });
      await relay.stop();
    },
  };
}
