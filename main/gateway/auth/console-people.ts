import { createHash, randomBytes } from 'node:crypto';
import { consoleRoles, type ConsoleRole } from '../../contracts/console/roles';
import { GatewayError } from '../errors';
import {
  deleteInvitationOf,
  deletePerson,
  findInvited,
  findPerson,
  hasPeople,
  hasSignedInFrom,
  insertPerson,
  listPeople,
  lockPerson,
  takeInvitation,
  updatePerson,
  writeInvitation,
  type PersonRow,
} from '../storage/console-people-store';
import { deleteSessionsOfPerson } from '../storage/console-session-store';
import type { Database, Queryable } from '../storage/database';
import { hashPassword, longestPassword, requireFitPassword, verifyPassword } from './console-password';
import { requirePersonName, toNameKey } from './person-name';
import { toNetwork } from './rate-limits';

/** Somebody with a name and a password of their own. */
export interface ConsolePerson {
  readonly id: number;
  readonly name: string;
  readonly role: ConsoleRole;
}

export interface ListedPerson extends ConsolePerson {
  readonly state: 'active' | 'invited' | 'disabled';
  readonly createdAt: Date;
  readonly lastSignedInAt: Date | null;
  /** of the link that nobody used yet, while it is good */
  readonly linkEndsAt: Date | null;
}

/** A person who gave their password just now: a session begins only while it still is theirs. */
export interface ProvenPerson extends ConsolePerson {
  readonly passwordHash: string;
}

/** What somebody chooses a password by, once. */
export interface MadeInvitation {
  readonly person: ListedPerson;
  readonly token: string;
  readonly endsAt: Date;
}

/** The people beside the first operator. What takes something from a person ends their sessions with it. */
export interface ConsolePeople {
  list(): Promise<ListedPerson[]>;
  hasAny(): Promise<boolean>;
  /** @throws GatewayError `person_not_found` (404) */
  get(by: number | string): Promise<ListedPerson>;
  /** @throws GatewayError `invalid_name`, `name_taken` (422) */
  invite(person: { readonly name: string; readonly role: ConsoleRole }): Promise<MadeInvitation>;
  /** Another link; the password stays until it is used. @throws GatewayError `person_not_found`, `person_disabled` */
  makeLink(id: number): Promise<MadeInvitation>;
  /** @returns the person as it was before. @throws GatewayError `person_not_found` */
  setRole(id: number, role: ConsoleRole): Promise<ListedPerson>;
  /** @returns the person as it was before. @throws GatewayError `person_not_found` */
  setDisabled(id: number, disabled: boolean): Promise<ListedPerson>;
  /** @returns the person as it was. @throws GatewayError `person_not_found` */
  remove(id: number): Promise<ListedPerson>;
  /** Whose link this is; undefined: used, too old, made up. */
  readInvitation(token: string): Promise<ListedPerson | undefined>;
  /** Takes the link and makes the password theirs. @throws GatewayError `invalid_password` (422), `busy` (503) */
  acceptInvitation(token: string, password: string): Promise<ProvenPerson | undefined>;
  /** By name or id. Takes as long where there is nobody of that name. @throws GatewayError `busy` (503) */
  checkPassword(by: number | string, password: string): Promise<ProvenPerson | undefined>;
  /** One of the last addresses that somebody of that name signed in from? Takes as long where there is nobody. */
  hasSignedInFrom(name: string, address: string): Promise<boolean>;
  /** Ends every session of theirs. @throws GatewayError `invalid_password` (422), `busy` (503) */
  setPassword(id: number, password: string): Promise<void>;
}

/** How long an invitation is good. */
export const invitationDays = 3;
const validSeconds = invitationDays * 86_400;
/** 256 bits */
const secretBytes = 32;
const secretPattern = /^[A-Za-z0-9_-]{43}$/;

const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

export function createConsolePeople(system: Database): ConsolePeople {
  const find = (by: number | string, from: Queryable = system) =>
    findPerson(from, typeof by === 'number' ? { id: by } : { nameKey: toNameKey(by) });

  async function get(by: number | string, from?: Queryable): Promise<ListedPerson> {
    const row = await find(by, from);
    if (!row) {
      const who = typeof by === 'number' ? 'That person is' : `${by} is`;
      throw new GatewayError('person_not_found', `${who} not among the people of this console.`, 404);
    }
    return toListed(row);
  }

  /** Not for a person who is disabled, also if that happens right now. */
  function makeLink(id: number): Promise<MadeInvitation> {
    const token = randomBytes(secretBytes).toString('base64url');
    return system.transaction(async (tx) => {
      await lockPerson(tx, id);
      const person = await get(id, tx);
      if (person.state === 'disabled') {
        throw new GatewayError(
          'person_disabled',
          `${person.name} is disabled. Enable the account first.`,
          409,
        );
      }
      const endsAt = await writeInvitation(tx, { tokenHash: hashToken(token), personId: id, validSeconds });
      return { person, token, endsAt };
    });
  }

  /** All that lets them in, or in by what they were before, ends with the change. */
  function change(id: number, work: (tx: Queryable) => Promise<void>): Promise<ListedPerson> {
    return system.transaction(async (tx) => {
      await lockPerson(tx, id);
      const before = await get(id, tx);
      await work(tx);
      await deleteSessionsOfPerson(tx, id);
      return before;
    });
  }

  return {
    list: async () => (await listPeople(system)).map(toListed),
    hasAny: () => hasPeople(system),
    get,
    async invite({ name: given, role }) {
      const name = requirePersonName(given);
      const id = await insertPerson(system, { name, nameKey: toNameKey(name), role });
      if (id === undefined) {
        throw new GatewayError('name_taken', `There is already somebody called ${name}.`, 422, [
          { path: 'name', message: 'is taken' },
        ]);
      }
      return makeLink(id);
    },
    makeLink,
    setRole: (id, role) => change(id, (tx) => updatePerson(tx, id, { role })),
    setDisabled: (id, disabled) =>
      change(id, async (tx) => {
        await updatePerson(tx, id, { disabled });
        if (disabled) await deleteInvitationOf(tx, id);
      }),
    remove: (id) => change(id, (tx) => deletePerson(tx, id)),
    async readInvitation(token) {
      const row = secretPattern.test(token) ? await findInvited(system, hashToken(token)) : undefined;
      return row && toListed(row);
    },
    async acceptInvitation(token, password) {
      requireFitPassword(password);
      const tokenHash = hashToken(token);
      const invited = secretPattern.test(token) ? await findInvited(system, tokenHash) : undefined;
      if (!invited) return undefined;
      const passwordHash = await hashPassword(password);
      return system.transaction(async (tx) => {
        await lockPerson(tx, invited.id);
        if (!(await takeInvitation(tx, tokenHash))) return undefined;
        await updatePerson(tx, invited.id, { passwordHash });
        await deleteSessionsOfPerson(tx, invited.id);
        return { ...toPerson(invited), passwordHash };
      });
    },
    async checkPassword(by, password) {
      const row = await find(by);
      const hash = row && !row.disabled ? row.passwordHash : null;
      const isRight = await verifyPassword(password.slice(0, longestPassword), hash ?? undefined);
      return row && hash !== null && isRight ? { ...toPerson(row), passwordHash: hash } : undefined;
    },
    hasSignedInFrom: (name, address) => hasSignedInFrom(system, toNameKey(name), toNetwork(address)),
    async setPassword(id, password) {
      requireFitPassword(password);
      const passwordHash = await hashPassword(password);
      await change(id, async (tx) => {
        await updatePerson(tx, id, { passwordHash });
        await deleteInvitationOf(tx, id);
      });
    },
  };
}

/** A role that a newer gateway knows and this one does not: they may look. */
export function toRole(text: string | null): ConsoleRole {
  return consoleRoles.find((role) => role === text) ?? 'reader';
}

const toPerson = ({ id, name, role }: PersonRow): ConsolePerson => ({ id, name, role: toRole(role) });

function toListed(row: PersonRow): ListedPerson {
  const { createdAt, lastSignedInAt, linkEndsAt, disabled, passwordHash } = row;
  const state = disabled ? 'disabled' : passwordHash === null ? 'invited' : 'active';
  return { ...toPerson(row), state, createdAt, lastSignedInAt, linkEndsAt };
}
