import type { Logger } from '../observability/logger';
import type { Database } from './database';
import { createGatewayRelay } from './gateway-relay';

/** Somebody who speaks with the same part of other gateways. Messages of others are told, too: read them carefully. */
interface RelayListener {
  onMessage(from: number, message: unknown): void;
  /** after each connect: something may have been missed before */
  onConnected(): void;
}

/** One relay for all parts of a gateway that speak with others. */
export interface SharedRelay {
  readonly instance: number;
  /** @param to a gateway's instance number; undefined: all others */
  send(to: number | undefined, message: unknown): void;
  listen(listener: RelayListener): void;
  /** instances of the other gateways that live */
  othersAlive(): readonly number[];
  /** false: it is not known just now who lives */
  knowsLiving(): boolean;
  stop(): Promise<void>;
}

/** @param parts.living instances of the gateways that live, a few seconds old; undefined: not known just now */
export function openRelay(parts: {
  readonly system: Database;
  readonly instance: number;
  readonly logger: Logger;
  readonly living: () => readonly number[] | undefined;
}): SharedRelay {
  const listeners: RelayListener[] = [];
  let isConnected = false;
  const relay = createGatewayRelay({
    system: parts.system,
    instance: parts.instance,
    logger: parts.logger,
    onMessage(from, message) {
      for (const listener of listeners) listener.onMessage(from, message);
    },
    onConnected() {
      isConnected = true;
      for (const listener of listeners) listener.onConnected();
    },
  });
  return {
    instance: parts.instance,
    send: (to, message) => relay.send(to, message),
    listen(listener) {
      listeners.push(listener);
      if (isConnected) listener.onConnected();
    },
    othersAlive: () => (parts.living() ?? []).filter((peer) => peer !== parts.instance),
    knowsLiving: () => parts.living() !== undefined,
    stop: () => relay.stop(),
  };
}
