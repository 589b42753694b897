import { createSingleFlight } from '../concurrency/single-flight';
import { waitAtMost, withTimeout } from '../concurrency/with-timeout';
import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { Database } from '../storage/database';
import type { SharedRelay } from '../storage/open-relay';
import {
  claimSession,
  listSessionOwners,
  readSessionOwner,
  releaseSession,
  releaseSessions,
  type SessionOwner,
} from '../storage/session-owner-store';

const lookEveryMs = 3_000;
const answerWithinMs = 4_000;
/** A gateway that shares its logins and is not seen closes its browsers: 6 s, a look, and the closing. */
const putAwayAfterMs = 6_000;
/** By then it has, or it is dead. */
const goneAfterMs = 20_000;
/** A page's question for a code costs nobody a login that comes back when its gateway has started again. */
const pagesWaitMs = 120_000;
const offerAgainAfterMs = 5 * 60_000;
const stopWithinMs = 1_500;

/**
 * Who wants the session here: `itself` it comes up where its login is; a `page` asks for a code; `staff` or an `operator`
 * say so in the console, and only the operator gives up a login that is elsewhere.
 */
export type ClaimBy = 'itself' | 'page' | 'staff' | 'operator';

interface OwnerEvents {
  /** This gateway has it now, told before the claim resolves: what was known of it here is not true any more. */
  taken(customerId: string): void;
  /** Another gateway has it now, or nobody knows that this one lives: its browser must close. */
  lost(customerId: string): void;
  /** Their logins are in this gateway's folder, and no gateway runs them. Told again while it is so. */
  vacant(customerIds: readonly string[]): void;
  /** @param askedAtMs what was true then (`performance.now()`) */
  looked(askedAtMs: number): void;
  /** Something is believed of sessions of other gateways, which a look may show to be over. */
  isInDoubt(): boolean;
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
  /** those of other gateways */
  others(): readonly SessionOwner[];
  /** Resolves when it is known who runs what; what the database says against it is logged. */
  ready(): Promise<void>;
  /**
   * Before a browser opens.
   * @returns false: it is another's. @throws GatewayError `session_moving` (503): it may be, just now
   */
  claim(customerId: string, by: ClaimBy): Promise<boolean>;
  /** Any gateway may run it again; with `hasLogin` one that has this login. Never throws. */
  release(customerId: string, hasLogin: boolean): Promise<void>;
  /** Its tenant is gone. */
  forget(customerId: string): void;
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
  /** when each was claimed */
  const ours = new Map<string, number>();
  let others = new Map<string, SessionOwner>();
  /** since when an owner is seen to be gone, by what it owned */
  let goneSinceMs = new Map<string, number>();
  const offeredAtMs = new Map<string, number>();
  let seenAtMs = performance.now();
  const putAway = new Set<string>();
  let events: OwnerEvents | undefined;

  const claimOf = ({ instance: owner, customerId }: SessionOwner) => `${owner} ${customerId}`;

  const isUnseen = () => isShared && performance.now() - seenAtMs > putAwayAfterMs;

  function goneForMs(owner: SessionOwner): number {
    return performance.now() - (goneSinceMs.get(claimOf(owner)) ?? Infinity);
  }

  /** Has no browser open any more? */
  function isGone(owner: SessionOwner): boolean {
    if (owner.isLiving) return false;
    // It stopped in order, or was this installation before its restart.
    if (owner.instance === 0 || (!isShared && owner.home === home)) return true;
    return !isShared || goneForMs(owner) >= goneAfterMs;
  }

  function mayTake(owner: SessionOwner, by: ClaimBy): boolean {
    if (!isGone(owner)) return false;
    if (owner.home === home || by === 'operator') return true;
    return by === 'page' && goneForMs(owner) >= pagesWaitMs;
  }

  async function claim(customerId: string, by: ClaimBy): Promise<boolean> {
    if (isUnseen() || putAway.has(customerId)) {
      if (by === 'itself') return false;
      throw moving('This gateway has lost its connection to the database.');
    }
    if (ours.has(customerId)) return true;
    const owner = await readSessionOwner(system, customerId);
    if (owner && owner.instance !== instance) {
      others.set(customerId, owner);
      noteGone(owner);
      if (!mayTake(owner, by)) {
        if (owner.isLiving || by === 'itself') return false;
        throw isGone(owner)
          ? loginElsewhere(owner)
          : moving(`The gateway that ran this session (${owner.host}) has just stopped responding.`);
      }
    }
    const claimedAtMs = performance.now();
    const isTaken = await claimSession(system, {
      customerId,
      instance,
      home,
      host,
      instead: owner?.instance,
    });
    // Of two that ask at once, the first has told already.
    if (!isTaken || ours.has(customerId)) return isTaken;
    ours.set(customerId, claimedAtMs);
    others.delete(customerId);
    offeredAtMs.delete(customerId);
    events?.taken(customerId);
    return true;
  }

  function noteGone(owner: SessionOwner): void {
    const key = claimOf(owner);
    if (owner.isLiving) goneSinceMs.delete(key);
    else if (!goneSinceMs.has(key)) goneSinceMs.set(key, performance.now());
  }

  /** A gateway that is alone, and always was, asks nothing. */
  const isNeeded = () =>
    isShared || others.size > 0 || relay.othersAlive().length > 0 || events?.isInDoubt() === true;

  async function look(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const { owners, isSeen } = await withTimeout(listSessionOwners(system, instance), answerWithinMs);
      if (isSeen) seenAtMs = askedAtMs;
      take(owners, askedAtMs);
      events?.looked(askedAtMs);
    } catch (thrown) {
      logger.debug('whatsapp.owners_unread', 'which gateway runs which session could not be read', {
        error: errorText(thrown),
      });
    }
  }

  function take(owners: readonly SessionOwner[], askedAtMs: number): void {
    const known = new Map(owners.map((owner) => [owner.customerId, owner]));
    // What was claimed since is newer than this answer.
    const isNewer = (customerId: string) => (ours.get(customerId) ?? -Infinity) >= askedAtMs;
    others = new Map(
      [...known].filter(([customerId, owner]) => owner.instance !== instance && !isNewer(customerId)),
    );
    const claims = new Set([...others.values()].map(claimOf));
    goneSinceMs = new Map([...goneSinceMs].filter(([key]) => claims.has(key)));
    for (const owner of others.values()) noteGone(owner);
    for (const customerId of ours.keys()) {
      if (known.get(customerId)?.instance === instance || isNewer(customerId)) continue;
      ours.delete(customerId);
      putAway.delete(customerId);
      events?.lost(customerId);
    }
    offerVacant();
  }

  function offerVacant(): void {
    if (!events || isUnseen()) return;
    const now = performance.now();
    for (const [customerId, atMs] of offeredAtMs) {
      if (now - atMs >= offerAgainAfterMs) offeredAtMs.delete(customerId);
    }
    const vacant = [...others.values()]
      .filter((owner) => owner.home === home && isGone(owner))
      .map(({ customerId }) => customerId)
      .filter((customerId) => now - (offeredAtMs.get(customerId) ?? -Infinity) >= offerAgainAfterMs);
    for (const customerId of vacant) offeredAtMs.set(customerId, now);
    if (vacant.length > 0) events.vacant(vacant);
  }

  /** Others with the same logins will think that this gateway is dead: never two browsers on one login. */
  function closeUnseen(): void {
    if (isUnseen()) {
      for (const customerId of ours.keys()) {
        if (putAway.has(customerId)) continue;
        putAway.add(customerId);
        events?.lost(customerId);
      }
    } else if (putAway.size > 0) {
      const back = [...putAway].filter((customerId) => ours.has(customerId));
      putAway.clear();
      if (back.length > 0) events?.vacant(back);
    }
  }

  const looking = createSingleFlight(look);
  const timer = setInterval(() => {
    // Whether the database answers or not.
    closeUnseen();
    if (isNeeded()) void looking.run();
  }, lookEveryMs);

  return {
    home,
    isOurs: (customerId) => ours.has(customerId),
    otherOf: (customerId) => others.get(customerId),
    others: () => [...others.values()],
    ready: () => looking.run(),
    claim,
    async release(customerId, hasLogin) {
      if (!ours.delete(customerId)) return;
      putAway.delete(customerId);
      offeredAtMs.set(customerId, performance.now());
      await waitAtMost(releaseSession(system, { customerId, instance, hasLogin }), stopWithinMs);
    },
    forget(customerId) {
      ours.delete(customerId);
      putAway.delete(customerId);
      others.delete(customerId);
    },
    listen(listener) {
      events = listener;
    },
    async stop() {
      clearInterval(timer);
      events = undefined;
      if (looking.running) await waitAtMost(looking.running, stopWithinMs);
      if (ours.size > 0) await waitAtMost(releaseSessions(system, instance), stopWithinMs);
    },
  };
}

/** What a person can do where the login is on a machine whose gateway does not run. */
export function explainElsewhere(host: string): string {
  return `The login is on ${host}, but the gateway there isn't running. Start it, or have an operator link the phone again in the console.`;
}

const loginElsewhere = ({ host }: SessionOwner) =>
  new GatewayError('session_elsewhere', explainElsewhere(host), 503);

const moving = (reason: string) =>
  new GatewayError('session_moving', `${reason} Try again in half a minute.`, 503);
