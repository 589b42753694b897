import { createHash, randomBytes } from 'node:crypto';
import { deleteAllInvitations } from '../storage/console-people-store';
import {
  deleteAllConsoleLinks,
  deleteAllConsoleSessions,
  deleteConsoleSession,
  deleteOverConsoleSessions,
  findConsoleSessions,
  insertConsoleLink,
  insertConsoleSession,
  insertPersonSession,
  takeConsoleLink,
  touchConsoleSession,
  type ConsoleSessionRow,
} from '../storage/console-session-store';
import type { Database, Queryable } from '../storage/database';
import { readGatewaySetting, writeGatewaySetting } from '../storage/gateway-settings-store';
import { hashPassword, longestPassword, requireFitPassword, verifyPassword } from './console-password';
import {
  createConsolePeople,
  toRole,
  type ConsolePeople,
  type ConsolePerson,
  type ProvenPerson,
} from './console-people';
import { toNetwork } from './rate-limits';

type SignInMethod = 'password' | 'link';

/** `expired`: not used for too long, or too old; `signed_out`: ended by somebody */
export type SessionEnd = 'expired' | 'signed_out';

export interface ConsoleSession {
  /** what it is known by inside; its id is in the browser's cookie only */
  readonly idHash: string;
  readonly method: SignInMethod;
  /** undefined: the first operator, by the console's own password or by a link */
  readonly person?: ConsolePerson;
}

/** As the audit log names who is signed in: `console (password, 10.0.0.7)`, `console (Thandi, staff, 10.0.0.7)`. */
export function describeActor(
  { method, person }: Pick<ConsoleSession, 'method' | 'person'>,
  address: string,
): string {
  const who = person ? `${person.name}, ${person.role}` : method;
  return `console (${who}, ${address})`;
}

/** Who may use the console of a headless gateway: its own password, links that work once, people, sessions. */
export interface ConsoleLogin {
  readonly people: ConsolePeople;
  hasPassword(): Promise<boolean>;
  /** False as well where none is set; that takes as long. @throws GatewayError `busy` (503) */
  checkPassword(password: string): Promise<boolean>;
  /** Ends every session, link and invitation. @throws GatewayError `invalid_password` (422), `busy` (503) */
  setPassword(password: string): Promise<void>;
  makeLink(): Promise<{ readonly token: string; readonly expiresAt: Date }>;
  /** True once for a link that was made and is not too old. */
  takeLink(token: string): Promise<boolean>;
  /** @returns the id for the cookie */
  startSession(method: SignInMethod, address: string): Promise<string>;
  /** Undefined: disabled or removed, or with another password, since they gave theirs. */
  startPersonSession(person: ProvenPerson, address: string): Promise<string | undefined>;
  /** Undefined: made up, signed out, or over. */
  findSession(id: string): Promise<ConsoleSession | undefined>;
  /** Of these sessions those that are over, and why. */
  findEndedSessions(idHashes: readonly string[]): Promise<ReadonlyMap<string, SessionEnd>>;
  /** It is being used: its idle time starts again. Writes at most once a minute and session. */
  touch(session: ConsoleSession): Promise<void>;
  /** Returns whether there was one. */
  endSession(session: ConsoleSession): Promise<boolean>;
  /** Everybody's. Links and invitations that nobody used yet end too. Returns how many sessions there were. */
  endAllSessions(): Promise<number>;
}

export const linkValidMinutes = 15;
export const passwordSetting = 'console_password';
const span = { idleSeconds: 12 * 3_600, longestSeconds: 7 * 86_400 };
/** How long a browser keeps the cookie; the database decides before it does. */
export const longestSessionSeconds = span.longestSeconds;
const keepOverSeconds = 3_600;
/** Of each person, where they signed in from. */
const keptAddresses = 5;
const touchEveryMs = 60_000;
/** 256 bits */
const secretBytes = 32;
const secretPattern = /^[A-Za-z0-9_-]{43}$/;
/**
 * Begins the ids of people's sessions. A gateway of a version without people takes such an id for made up, where it
 * would take every session for an operator's.
 */
const personMark = 'p';
const sessionPattern = /^p?[A-Za-z0-9_-]{43}$/;

const hashSecret = (secret: string) => createHash('sha256').update(secret).digest('hex');
const toMethod = (method: string): SignInMethod => (method === 'link' ? 'link' : 'password');

export function createConsoleLogin(system: Database): ConsoleLogin {
  const touchedAt = new Map<string, number>();

  async function readPassword(): Promise<string | undefined> {
    const stored = await readGatewaySetting(system, passwordSetting);
    return typeof stored === 'string' ? stored : undefined;
  }

  async function endAll(from: Queryable): Promise<number> {
    await deleteAllConsoleLinks(from);
    await deleteAllInvitations(from);
    return deleteAllConsoleSessions(from);
  }

  // Not at once: their open pages are told first that they expired.
  const forgetOver = () =>
    deleteOverConsoleSessions(system, {
      idleSeconds: span.idleSeconds + keepOverSeconds,
      longestSeconds: span.longestSeconds + keepOverSeconds,
    });

  return {
    people: createConsolePeople(system),
    hasPassword: async () => (await readPassword()) !== undefined,
    checkPassword: async (password) =>
      verifyPassword(password.slice(0, longestPassword), await readPassword()),
    async setPassword(password) {
      requireFitPassword(password);
      const hash = await hashPassword(password);
      await system.transaction(async (tx) => {
        await writeGatewaySetting(tx, passwordSetting, hash);
        await endAll(tx);
      });
    },
    async makeLink() {
      const token = randomBytes(secretBytes).toString('base64url');
      return { token, expiresAt: await insertConsoleLink(system, hashSecret(token), linkValidMinutes * 60) };
    },
    async takeLink(token) {
      return secretPattern.test(token) && (await takeConsoleLink(system, hashSecret(token)));
    },
    async startSession(method, address) {
      await forgetOver();
      const id = randomBytes(secretBytes).toString('base64url');
      await insertConsoleSession(system, { idHash: hashSecret(id), method, address: address.slice(0, 100) });
      return id;
    },
    async startPersonSession(person, address) {
      await forgetOver();
      const id = `${personMark}${randomBytes(secretBytes).toString('base64url')}`;
      const session = { idHash: hashSecret(id), method: 'password', address: address.slice(0, 100) };
      const from = { network: toNetwork(session.address), keep: keptAddresses };
      return (await insertPersonSession(system, session, person, from)) ? id : undefined;
    },
    async findSession(id) {
      if (!sessionPattern.test(id)) return undefined;
      const [found] = await findConsoleSessions(system, [hashSecret(id)], span);
      return found?.isOver === false ? toSession(found) : undefined;
    },
    async findEndedSessions(idHashes) {
      const found = await findConsoleSessions(system, idHashes, span);
      const ends = new Map<string, SessionEnd>(idHashes.map((idHash) => [idHash, 'signed_out']));
      for (const { idHash, isOver } of found) {
        if (isOver) ends.set(idHash, 'expired');
        else ends.delete(idHash);
      }
      return ends;
    },
    async touch({ idHash }) {
      const now = Date.now();
      if (now - (touchedAt.get(idHash) ?? -Infinity) < touchEveryMs) return;
      for (const [known, at] of touchedAt) if (now - at >= touchEveryMs) touchedAt.delete(known);
      touchedAt.set(idHash, now);
      await touchConsoleSession(system, idHash, span);
    },
    endSession: ({ idHash }) => deleteConsoleSession(system, idHash),
    endAllSessions: () => system.transaction(endAll),
  };
}

function toSession(row: ConsoleSessionRow): ConsoleSession {
  const { idHash, personId, personName, personRole } = row;
  const method = toMethod(row.method);
  if (personId === null) return { idHash, method };
  return { idHash, method, person: { id: personId, name: personName ?? '', role: toRole(personRole) } };
}
