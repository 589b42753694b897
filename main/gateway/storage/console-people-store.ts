import type { Queryable } from './database';

/** One row of `console_people`, with the end of the link that is open for it. */
export interface PersonRow {
  readonly id: number;
  readonly name: string;
  readonly role: string;
  /** null: the invitation was not accepted yet */
  readonly passwordHash: string | null;
  readonly disabled: boolean;
  readonly createdAt: Date;
  readonly lastSignedInAt: Date | null;
  readonly linkEndsAt: Date | null;
}

const selectPeople = `
  select console_people.id, name, role, password_hash as "passwordHash", disabled, created_at as "createdAt",
    last_signed_in_at as "lastSignedInAt", expires_at as "linkEndsAt"
  from console_people left join console_invitations
    on person_id = console_people.id and expires_at > now()`;

/** By name. */
export function listPeople(system: Queryable): Promise<PersonRow[]> {
  return system.query<PersonRow>({
    name: 'console_people.list',
    text: `${selectPeople} order by name_key`,
  });
}

export async function findPerson(
  system: Queryable,
  by: { readonly id: number } | { readonly nameKey: string },
): Promise<PersonRow | undefined> {
  const [found] = await system.query<PersonRow>(
    'id' in by
      ? {
          name: 'console_people.by_id',
          text: `${selectPeople} where console_people.id = $1`,
          values: [by.id],
        }
      : { name: 'console_people.by_name', text: `${selectPeople} where name_key = $1`, values: [by.nameKey] },
  );
  return found;
}

/** Has somebody of that name signed in from there of late? Reads one row, also where there is nobody. */
export async function hasSignedInFrom(system: Queryable, nameKey: string, network: string): Promise<boolean> {
  const [row] = await system.query<{ found: boolean }>({
    name: 'console_people.signed_in_from',
    text: `
      select exists (
        select from console_people where name_key = $1 and $2::text = any(signed_in_from)) as found`,
    values: [nameKey, network],
  });
  return row?.found === true;
}

export async function hasPeople(system: Queryable): Promise<boolean> {
  const [row] = await system.query<{ found: boolean }>({
    name: 'console_people.any',
    text: 'select exists (select from console_people) as found',
  });
  return row?.found === true;
}

/** Undefined: there is somebody of that name. */
export async function insertPerson(
  system: Queryable,
  person: { readonly name: string; readonly nameKey: string; readonly role: string },
): Promise<number | undefined> {
  const [row] = await system.query<{ id: number }>({
    name: 'console_people.insert',
    text: `
      insert into console_people (name, name_key, role) values ($1, $2, $3)
      on conflict (name_key) do nothing returning id`,
    values: [person.name, person.nameKey, person.role],
  });
  return row?.id;
}

/**
 * Until the transaction ends, nothing else changes the person, their link or their sessions. Whoever changes any of
 * these takes this lock first, so that no two wait for each other.
 */
export async function lockPerson(tx: Queryable, id: number): Promise<void> {
  await tx.query({
    name: 'console_people.lock',
    text: 'select from console_people where id = $1 for update',
    values: [id],
  });
}

/** Changes what is given. */
export async function updatePerson(
  tx: Queryable,
  id: number,
  changes: { readonly role?: string; readonly disabled?: boolean; readonly passwordHash?: string },
): Promise<void> {
  await tx.query({
    name: 'console_people.update',
    text: `
      update console_people set role = coalesce($2, role), disabled = coalesce($3, disabled),
        password_hash = coalesce($4, password_hash),
        -- Where somebody signed in who is not to any more, the limit of failures holds again.
        signed_in_from = case when $3 is null and $4::text is null then signed_in_from else '{}' end
      where id = $1`,
    values: [id, changes.role ?? null, changes.disabled ?? null, changes.passwordHash ?? null],
  });
}

export async function deletePerson(system: Queryable, id: number): Promise<void> {
  await system.query({
    name: 'console_people.delete',
    text: 'delete from console_people where id = $1',
    values: [id],
  });
}

/**
 * The person's link; one that was made before ends.
 * @returns until when it is good
 */
export async function writeInvitation(
  tx: Queryable,
  invitation: { readonly tokenHash: string; readonly personId: number; readonly validSeconds: number },
): Promise<Date> {
  const [row] = await tx.query<{ expiresAt: Date }>({
    name: 'console_invitations.write',
    text: `
      insert into console_invitations (token_hash, person_id, expires_at)
      values ($1, $2, now() + make_interval(secs => $3))
      on conflict (person_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
      returning expires_at as "expiresAt"`,
    values: [invitation.tokenHash, invitation.personId, invitation.validSeconds],
  });
  if (!row) throw new Error('the new invitation has no row');
  return row.expiresAt;
}

/** Whose link it is, while it is good and they may use the console. */
export async function findInvited(system: Queryable, tokenHash: string): Promise<PersonRow | undefined> {
  const [found] = await system.query<PersonRow>({
    name: 'console_invitations.find',
    text: `${selectPeople} where token_hash = $1 and not disabled`,
    values: [tokenHash],
  });
  return found;
}

/** True for one caller only, and only while it is good. */
export async function takeInvitation(tx: Queryable, tokenHash: string): Promise<boolean> {
  const rows = await tx.query<{ good: boolean }>({
    name: 'console_invitations.take',
    text: 'delete from console_invitations where token_hash = $1 returning expires_at > now() as good',
    values: [tokenHash],
  });
  return rows[0]?.good === true;
}

export async function deleteInvitationOf(tx: Queryable, personId: number): Promise<void> {
  await tx.query({
    name: 'console_invitations.delete_of_person',
    text: 'delete from console_invitations where person_id = $1',
    values: [personId],
  });
}

export async function deleteAllInvitations(system: Queryable): Promise<void> {
  await system.query({ name: 'console_invitations.delete_all', text: 'delete from console_invitations' });
}
