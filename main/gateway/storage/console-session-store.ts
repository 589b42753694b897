import type { Queryable } from './database';

export interface ConsoleSessionRow {
  readonly idHash: string;
  readonly method: string;
  /** it lasted too long, or was not used for too long */
  readonly isOver: boolean;
}

/** How long a session lasts: unused, and at the longest; in seconds. */
export interface SessionSpan {
  readonly idleSeconds: number;
  readonly longestSeconds: number;
}

/** By the database's clock alone, which all gateways on it share. */
const isOver = (idle: string, longest: string) =>
  `(last_seen_at < now() - make_interval(secs => ${idle}) or created_at < now() - make_interval(secs => ${longest}))`;

export async function insertConsoleSession(
  system: Queryable,
  session: { readonly idHash: string; readonly method: string; readonly address: string },
): Promise<void> {
  await system.query({
    name: 'console_sessions.insert',
    text: 'insert into console_sessions (id_hash, method, address) values ($1, $2, $3)',
    values: [session.idHash, session.method, session.address],
  });
}

/** Those of the sessions that are there. */
export function findConsoleSessions(
  system: Queryable,
  idHashes: readonly string[],
  span: SessionSpan,
): Promise<ConsoleSessionRow[]> {
  return system.query<ConsoleSessionRow>({
    name: 'console_sessions.find',
    text: `
      select id_hash as "idHash", method, ${isOver('$2', '$3')} as "isOver"
      from console_sessions where id_hash = any($1)`,
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
