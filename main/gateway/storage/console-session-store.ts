import type { Queryable } from './database';

export interface ConsoleSessionRow {
  readonly idHash: string;
  readonly method: string;
  /** it lasted too long, or was not used for too long */
  readonly isOver: boolean;
  /** null: of the console's own password or link */
  readonly personId: number | null;
  readonly personName: string | null;
  readonly personRole: string | null;
}

export interface NewConsoleSession {
  readonly idHash: string;
  readonly method: string;
  readonly address: string;
}

/** How long a session lasts: unused, and at the longest; in seconds. */
export interface SessionSpan {
  readonly idleSeconds: number;
  readonly longestSeconds: number;
}

/** By the database's clock alone, which all gateways on it share. */
const isOver = (idle: string, longest: string) =>
  `(console_sessions.last_seen_at < now() - make_interval(secs => ${idle})
    or console_sessions.created_at < now() - make_interval(secs => ${longest}))`;

export async function insertConsoleSession(system: Queryable, session: NewConsoleSession): Promise<void> {
  await system.query({
    name: 'console_sessions.insert',
    text: 'insert into console_sessions (id_hash, method, address) values ($1, $2, $3)',
    values: [session.idHash, session.method, session.address],
  });
}

/**
 * For a person, as long as the password that was given is still theirs; they signed in just now.
 * @param from where from; the newest `keep` are kept
 * @returns false where it is not, or they may not use the console any more
 */
export async function insertPersonSession(
  system: Queryable,
  session: NewConsoleSession,
  person: { readonly id: number; readonly passwordHash: string },
  from: { readonly network: string; readonly keep: number },
): Promise<boolean> {
  // The row is locked: what takes the console from somebody finds the sessions that began before it, and none after.
  const rows = await system.query({
    name: 'console_sessions.insert_person',
    text: `
      with person as (
        update console_people set last_signed_in_at = now(),
          signed_in_from = (array_prepend($6::text, array_remove(signed_in_from, $6::text)))[1:$7::integer]
        where id = $4 and password_hash = $5 and not disabled returning id)
      insert into console_sessions (id_hash, method, address, person_id)
      select $1, $2, $3, id from person returning 1`,
    values: [
      session.idHash,
      session.method,
      session.address,
      person.id,
      person.passwordHash,
      from.network,
      from.keep,
    ],
  });
  return rows.length > 0;
}

/** Those of the sessions that are there, and whose person may still use the console. */
export function findConsoleSessions(
  system: Queryable,
  idHashes: readonly string[],
  span: SessionSpan,
): Promise<ConsoleSessionRow[]> {
  return system.query<ConsoleSessionRow>({
    name: 'console_sessions.find',
    text: `
      select id_hash as "idHash", method, ${isOver('$2', '$3')} as "isOver", person_id as "personId",
        console_people.name as "personName", console_people.role as "personRole"
      from console_sessions left join console_people on console_people.id = person_id
      where id_hash = any($1) and (person_id is null or not console_people.disabled)`,
    values: [idHashes, span.idleSeconds, span.longestSeconds],
  });
}

/** It is in use. One that is over is not brought back. */
export async function touchConsoleSession(
  system: Queryable,
  idHash: string,
  span: SessionSpan,
): Promise<void> {
  await system.query({
    name: 'console_sessions.touch',
    text: `update console_sessions set last_seen_at = now() where id_hash = $1 and not ${isOver('$2', '$3')}`,
    values: [idHash, span.idleSeconds, span.longestSeconds],
  });
}

/** Returns whether it was there. */
export async function deleteConsoleSession(system: Queryable, idHash: string): Promise<boolean> {
  const rows = await system.query({
    name: 'console_sessions.delete',
    text: 'delete from console_sessions where id_hash = $1 returning 1',
    values: [idHash],
  });
  return rows.length > 0;
}

export async function deleteSessionsOfPerson(system: Queryable, personId: number): Promise<void> {
  await system.query({
    name: 'console_sessions.delete_of_person',
    text: 'delete from console_sessions where person_id = $1',
    values: [personId],
  });
}

/** Returns how many there were. */
export async function deleteAllConsoleSessions(system: Queryable): Promise<number> {
  const rows = await system.query({
    name: 'console_sessions.delete_all',
    text: 'delete from console_sessions returning 1',
  });
  return rows.length;
}

export async function deleteOverConsoleSessions(system: Queryable, span: SessionSpan): Promise<void> {
  await system.query({
    name: 'console_sessions.delete_over',
    text: `delete from console_sessions where ${isOver('$1', '$2')}`,
    values: [span.idleSeconds, span.longestSeconds],
  });
}

/** @returns until when the link is good */
export async function insertConsoleLink(
  system: Queryable,
  tokenHash: string,
  validSeconds: number,
): Promise<Date> {
  const rows = await system.query<{ expiresAt: Date }>({
    name: 'console_links.insert',
    text: `
      with outdated as (delete from console_links where expires_at < now())
      insert into console_links (token_hash, expires_at) values ($1, now() + make_interval(secs => $2))
      returning expires_at as "expiresAt"`,
    values: [tokenHash, validSeconds],
  });
  const row = rows[0];
  if (!row) throw new Error('the new link has no row');
  return row.expiresAt;
}

/** True for one caller only, and only while it is good. */
export async function takeConsoleLink(system: Queryable, tokenHash: string): Promise<boolean> {
  const rows = await system.query<{ good: boolean }>({
    name: 'console_links.take',
    text: 'delete from console_links where token_hash = $1 returning expires_at > now() as good',
    values: [tokenHash],
  });
  return rows[0]?.good === true;
}

export async function deleteAllConsoleLinks(system: Queryable): Promise<void> {
  await system.query({ name: 'console_links.delete_all', text: 'delete from console_links' });
}
