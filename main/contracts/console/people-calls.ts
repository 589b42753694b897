import { z } from 'zod';
import { defineCall } from './define-call';
import { id, nothing, time } from './parts';
import { consoleRoles } from './roles';

const consoleRoleSchema = z.enum(consoleRoles);

const personSchema = z.object({
  id,
  name: z.string(),
  role: consoleRoleSchema,
  /** `invited`: has not chosen a password yet */
  state: z.enum(['active', 'invited', 'disabled']),
  createdAt: time,
  lastSignedInAt: time.nullable(),
  /** until when the link that was made last is good, as long as nobody used it */
  linkEndsAt: time.nullable(),
});
export type Person = z.output<typeof personSchema>;

/** The link is in this answer and nowhere else; it works once. */
const invitationSchema = z.object({ id, url: z.string(), endsAt: time });
export type Invitation = z.output<typeof invitationSchema>;

const onePerson = z.strictObject({ id });

/** Who may use the console of a headless gateway, besides whoever has its own password. */
export const peopleCalls = {
  /** Who asks: null as name for the desktop's window and for the console's own password, which is an operator's. */
  'people.me': defineCall(
    nothing,
    z.object({ id: id.nullable(), name: z.string().nullable(), role: consoleRoleSchema }),
  ),
  'people.list': defineCall(nothing, z.object({ people: z.array(personSchema) })),
  /** `invalid_name`, `name_taken` with `details: [{path: 'name', message}]` */
  'people.invite': defineCall(
    z.strictObject({ name: z.string().max(1_000), role: consoleRoleSchema }),
    invitationSchema,
  ),
  /** Another link, for who forgot the password or let the link run out; the one before ends. */
  'people.makeLink': defineCall(onePerson, invitationSchema),
  'people.setRole': defineCall(onePerson.extend({ role: consoleRoleSchema }), nothing),
  'people.setDisabled': defineCall(onePerson.extend({ disabled: z.boolean() }), nothing),
  'people.remove': defineCall(onePerson, nothing),
};
