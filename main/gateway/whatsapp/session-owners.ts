import { createSingleFlight } from '../concurrency/single-flight';
import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { Database } from '../storage/database';
import type { SharedRelay } from '../storage/open-relay';
import {
  claimSession,
  listSessionOwners,
  readSessionOwner,
  releaseSessions,
  type SessionOwner,
} from '../storage/session-owner-store';

const lookEveryMs = 3_000;
/** A gateway whose connection broke is back by then, or has put its browsers away. */
const goneAfterMs = 15_000;
const putAwayAfterMs = 10_000;

interface OwnerEvents {
  /** Another gateway has it now, or nobody knows that this one lives: its browser must close. */
  lost(customerId: string): void;
  /** Its login is in this gateway's folder, and no gateway runs it. */
  vacant(customerId: string): void;
  /** @param askedAtMs what was true then (`performance.now()`) */
  looked(askedAtMs: number): void;
}

/**
 * Which gateway runs which WhatsApp session: one at a time, by a row in the system database that counts as long as its
 * gateway lives.
 */
export interface SessionOwners {
  /** what this gateway's folder of logins is known by */
  readonly home: string;
  isOurs(customerId: string): boolean;
  /** the gateway that runs it, or ran it last, as far as that is known; undefined: this one, or nobody */
  otherOf(customerId: string): SessionOwner | undefined;
  /** Resolves when it is known who runs what; what the database says against it is logged. */
  ready(): Promise<void>;
  /**
   * Before a browser opens. Without a person only where the login is in this gateway's folder, or nobody has one.
   * @returns false: it is another's. @throws GatewayError `session_moving` (503)
   */
  claim(customerId: string, byPerson: boolean): Promise<boolean>;
  listen(events: OwnerEvents): void;
  /** once the browsers are closed */
  stop(): Promise<void>;
}

export function createSessionOwners(parts: {
  readonly system: Database;
  readonly relay: Pick<SharedRelay, 'instance' | 'othersAlive'>;
  /** names the folder with the logins: the same for all gateways that share it */
  readonly home: string;
  readonly host: string;
  readonly isShared: boolean;
  readonly logger: Logger;
}): SessionOwners {
  const { system, relay, home, host, isShared, logger } = parts;
  const { instance } = relay;
  const ours = new Set<string>();
  let others = new Map<string, SessionOwner>();
  /** by instance */
  const goneSinceMs = new Map<number, number>();
  const offered = new Set<string>();
  let seenAtMs = performance.now();
  let putAway: string[] = [];
  let events: OwnerEvents | undefined;

  const isGone = (owner: SessionOwner): boolean =>
    !owner.isLiving &&
    (owner.instance === 0 ||
      !isShared ||
      performance.now() - (goneSinceMs.get(owner.instance) ?? Infinity) >= goneAfterMs);

  async function claim(customerId: string, byPerson: boolean): Promise<boolean> {
    if (putAway.includes(customerId)) {
      if (!byPerson) return false;
      throw moving('This gateway has lost its connection to the database.');
    }
    if (ours.has(customerId)) return true;
    const owner = await readSessionOwner(system, customerId);
    if (owner && owner.instance !== instance) {
      others.set(customerId, owner);
      if (owner.isLiving || (!byPerson && owner.home !== home)) return false;
      noteGone([owner]);
      if (!isGone(owner)) {
        if (!byPerson) return false;
        throw moving(`The gateway that ran this session (${owner.host}) has just gone away.`);
      }
    }
    const isTaken = await claimSession(system, {
      customerId,
      instance,
      home,
      host,
      instead: owner?.instance,
    });
    if (isTaken) {
      ours.add(customerId);
      others.delete(customerId);
    }
    return isTaken;
  }

  function noteGone(owners: readonly SessionOwner[]): void {
    const now = performance.now();
    for (const { instance: owner, isLiving } of owners) {
      if (isLiving) goneSinceMs.delete(owner);
      else if (!goneSinceMs.has(owner)) goneSinceMs.set(owner, now);
    }
  }

  /** A gateway that is alone, and always was, asks nothing. */
  const isNeeded = () => isShared || others.size > 0 || relay.othersAlive().length > 0;

  async function look(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const { owners, isSeen } = await listSessionOwners(system, instance);
      if (isSeen) seenAtMs = askedAtMs;
      take(owners);
      events?.looked(askedAtMs);
    } catch (thrown) {
      logger.debug('whatsapp.owners_unread', 'which gateway runs which session could not be read', {
        error: errorText(thrown),
      });
    }
    closeUnseen();
  }

  function take(owners: readonly SessionOwner[]): void {
    noteGone(owners);
    others = new Map(
      owners.filter((owner) => owner.instance !== instance).map((owner) => [owner.customerId, owner]),
    );
    for (const customerId of ours) {
      if (!others.has(customerId)) continue;
      ours.delete(customerId);
      events?.lost(customerId);
    }
    for (const owner of others.values()) {
      const offer = `${owner.instance} ${owner.customerId}`;
      if (owner.home !== home || !isGone(owner) || offered.has(offer)) continue;
      offered.add(offer);
      events?.vacant(owner.customerId);
    }
  }

  /** Others with the same logins will think that this gateway is dead: never two browsers on one login. */
  function closeUnseen(): void {
    if (!isShared) return;
    const isUnseen = performance.now() - seenAtMs > putAwayAfterMs;
    if (isUnseen && putAway.length === 0) {
      putAway = [...ours];
      for (const customerId of putAway) events?.lost(customerId);
    } else if (!isUnseen && putAway.length > 0) {
      const back = putAway.filter((customerId) => ours.has(customerId));
      putAway = [];
      for (const customerId of back) events?.vacant(customerId);
    }
  }

  const looking = createSingleFlight(look);
  const timer = setInterval(() => {
    if (isNeeded()) void looking.run();
  }, lookEveryMs);

  return {
    home,
    isOurs: (customerId) => ours.has(customerId),
    otherOf: (customerId) => others.get(customerId),
    ready: () => looking.run(),
    claim,
    listen(listener) {
      events = listener;
    },
    async stop() {
      clearInterval(timer);
      events = undefined;
      await looking.running;
      if (ours.size > 0) await releaseSessions(system, instance);
    },
  };
}

const moving = (reason: string) =>
  new GatewayError('session_moving', `${reason} Try again in half a minute.`, 503);
