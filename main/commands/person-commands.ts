import type { Command } from 'commander';
import { consoleRoles, type ConsoleRole } from '../contracts/console/roles';
import { buildInvitationUrl } from '../gateway/auth/console-address';
import { createConsolePeople, invitationDays, type MadeInvitation } from '../gateway/auth/console-people';
import { describePersonChange } from '../gateway/auth/describe-person-change';
import { GatewayError } from '../gateway/errors';
import { formatTable, printResult } from './command-output';
import { findConsoleUrl } from './find-console-url';
import { withInstallation } from './open-installation';

interface JsonOption {
  readonly json?: boolean;
}

/** Who else may use the console, besides whoever has its own password. */
export function addPersonCommands(program: Command): void {
  const person = program.command('person').description('the people who sign in to the console by name');
  const add = (usage: string, description: string) =>
    person.command(usage).description(description).option('--json', 'prints one JSON object');

  add('list', 'prints names, roles and when they last signed in').action(listPeople);
  add('invite <name>', `prints a link to choose a password by, once, within ${invitationDays} days`)
    .requiredOption('--role <role>', consoleRoles.join(', '))
    .action(invite);
  add('link <name>', 'prints a new link, for a forgotten password; the one before ends').action(makeLink);
  add('role <name> <role>', `changes the role: ${consoleRoles.join(', ')}; signs the person out`).action(
    setRole,
  );
  add('disable <name>', 'refuses the person until enabled again; signs the person out').action(
    (name: string, options: JsonOption) => setDisabled(name, true, options),
  );
  add('enable <name>', 'lets a disabled person sign in again').action((name: string, options: JsonOption) =>
    setDisabled(name, false, options),
  );
  add('remove <name>', 'removes the person; the audit log keeps what they did').action(remove);
}

/** @throws GatewayError `invalid_role` */
function readRole(text: string): ConsoleRole {
  const role = consoleRoles.find((known) => known === text);
  if (role) return role;
  throw new GatewayError('invalid_role', `The role is ${text}; it may be ${consoleRoles.join(', ')}.`);
}

async function listPeople(options: JsonOption): Promise<void> {
  await withInstallation(async ({ system }) => {
    const people = (await createConsolePeople(system).list()).map((one) => ({
      name: one.name,
      role: one.role,
      state: one.state,
      created_at: one.createdAt.toISOString(),
      last_signed_in_at: one.lastSignedInAt?.toISOString() ?? null,
    }));
    const rows = people.map((one) => [one.name, one.role, one.state, one.last_signed_in_at ?? 'never']);
    const lines =
      rows.length === 0
        ? ['Nobody has been invited yet. Whoever has the console password is an operator.']
        : formatTable(['NAME', 'ROLE', 'STATE', 'LAST SIGNED IN'], rows);
    printResult(options.json, { people }, lines);
  });
}

async function invite(name: string, options: JsonOption & { readonly role: string }): Promise<void> {
  const role = readRole(options.role);
  await withInstallation(async (installation) => {
    // First: where the console is off there is nothing to invite to.
    const consoleUrl = await findConsoleUrl(installation.config, installation.system);
    const made = await createConsolePeople(installation.system).invite({ name, role });
    const change = { role: [undefined, role] } as const;
    await installation.audit('person.invited', null, describePersonChange(made.person, change));
    printLink(consoleUrl, made, options);
  });
}

async function makeLink(name: string, options: JsonOption): Promise<void> {
  await withInstallation(async (installation) => {
    const consoleUrl = await findConsoleUrl(installation.config, installation.system);
    const people = createConsolePeople(installation.system);
    const made = await people.makeLink((await people.get(name)).id);
    await installation.audit('person.link_made', null, describePersonChange(made.person, {}));
    printLink(consoleUrl, made, options);
  });
}

function printLink(consoleUrl: string, { person, token, endsAt }: MadeInvitation, options: JsonOption): void {
  const url = buildInvitationUrl(consoleUrl, token);
  const until = endsAt.toISOString();
  printResult(options.json, { name: person.name, role: person.role, url, expires_at: until }, [
    url,
    `Send this link to ${person.name} to choose a password. It works once, until ${until}.`,
  ]);
}

async function setRole(name: string, text: string, options: JsonOption): Promise<void> {
  const role = readRole(text);
  await withInstallation(async ({ system, audit }) => {
    const people = createConsolePeople(system);
    const before = await people.setRole((await people.get(name)).id, role);
    const change = { role: [before.role, role] } as const;
    await audit('person.role_changed', null, describePersonChange(before, change));
    printResult(options.json, { name: before.name, role }, [
      `${before.name}’s role is now ${role}. They have been signed out.`,
    ]);
  });
}

async function setDisabled(name: string, disabled: boolean, options: JsonOption): Promise<void> {
  await withInstallation(async ({ system, audit }) => {
    const people = createConsolePeople(system);
    const before = await people.setDisabled((await people.get(name)).id, disabled);
    const change = { disabled: [before.state === 'disabled', disabled] } as const;
    const action = disabled ? 'person.disabled' : 'person.enabled';
    await audit(action, null, describePersonChange(before, change));
    const line = disabled ? 'has been disabled and signed out.' : 'can sign in again.';
    printResult(options.json, { name: before.name, disabled }, [`${before.name} ${line}`]);
  });
}

async function remove(name: string, options: JsonOption): Promise<void> {
  await withInstallation(async ({ system, audit }) => {
    const people = createConsolePeople(system);
    const before = await people.remove((await people.get(name)).id);
    const change = { role: [before.role, undefined] } as const;
    await audit('person.removed', null, describePersonChange(before, change));
    printResult(options.json, { name: before.name, removed: true }, [`${before.name} has been removed.`]);
  });
}
