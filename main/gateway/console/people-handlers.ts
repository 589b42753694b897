import type { Invitation, peopleCalls } from '../../contracts/console/people-calls';
import { buildInvitationUrl } from '../auth/console-address';
import type { ConsolePeople, ListedPerson, MadeInvitation } from '../auth/console-people';
import { describePersonChange } from '../auth/describe-person-change';
import { GatewayError } from '../errors';
import type { ConsoleCaller, ConsoleParts, HandlersOf } from './console-parts';

/** The people of the console: invited, given a role, disabled, removed, each in the audit log with before and after. */
export function createPeopleHandlers(
  parts: Pick<ConsoleParts, 'login' | 'audit' | 'confirmations' | 'consoleUrl'>,
): HandlersOf<typeof peopleCalls> {
  const { audit, confirmations } = parts;

  /** Who decides who comes in gives their password again. @throws GatewayError `not_available`, `password_needed` */
  async function openPeople(caller: ConsoleCaller): Promise<ConsolePeople> {
    await confirmations.require(caller);
    return findPeople();
  }

  function findPeople(): ConsolePeople {
    if (parts.login) return parts.login.people;
    throw new GatewayError('not_available', 'The console of this gateway is not opened in browsers.', 404);
  }

  function record(
    caller: ConsoleCaller,
    action: string,
    person: ListedPerson,
    change: Parameters<typeof describePersonChange>[1] = {},
  ): Promise<void> {
    const detail = describePersonChange(person, change);
    return audit.record({ actor: caller.actor, action, customerId: null, detail });
  }

  function toInvitation({ person, token, endsAt }: MadeInvitation): Invitation {
    const url = buildInvitationUrl(parts.consoleUrl(), token);
    return { id: person.id, url, endsAt: endsAt.toISOString() };
  }

  return {
    'people.me': (_input, { role, person }) =>
      Promise.resolve({ id: person?.id ?? null, name: person?.name ?? null, role }),

    async 'people.list'() {
      const people = (await parts.login?.people.list()) ?? [];
      return {
        people: people.map((person) => ({
          ...person,
          createdAt: person.createdAt.toISOString(),
          lastSignedInAt: person.lastSignedInAt?.toISOString() ?? null,
          linkEndsAt: person.linkEndsAt?.toISOString() ?? null,
        })),
      };
    },

    async 'people.invite'(asked, caller) {
      const made = await (await openPeople(caller)).invite(asked);
      await record(caller, 'person.invited', made.person, { role: [undefined, made.person.role] });
      return toInvitation(made);
    },

    async 'people.makeLink'({ id }, caller) {
      const made = await (await openPeople(caller)).makeLink(id);
      await record(caller, 'person.link_made', made.person);
      return toInvitation(made);
    },

    async 'people.setRole'({ id, role }, caller) {
      const before = await (await openPeople(caller)).setRole(id, role);
      await record(caller, 'person.role_changed', before, { role: [before.role, role] });
      return {};
    },

    async 'people.setDisabled'({ id, disabled }, caller) {
      const before = await (await openPeople(caller)).setDisabled(id, disabled);
      await record(caller, disabled ? 'person.disabled' : 'person.enabled', before, {
        disabled: [before.state === 'disabled', disabled],
      });
      return {};
    },

    async 'people.remove'({ id }, caller) {
      const before = await (await openPeople(caller)).remove(id);
      await record(caller, 'person.removed', before, { role: [before.role, undefined] });
      return {};
    },
  };
}
