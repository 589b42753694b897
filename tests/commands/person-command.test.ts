import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand, serverEnvironment } from '../cli/run-command-line';
import { findFreePort } from '../support/find-free-port';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let folder: string;
let database: TestDatabase;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'person-command-'));
  database = await createTestDatabase();
  env = {
    ...serverEnvironment(database.name, folder),
    HOST: '127.0.0.1',
    PORT: String(await findFreePort()),
  };
});
afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => runCommand(['person', ...args], { env });
const listed = async () => ((await run('list', '--json')).json() as { people: object[] }).people;

describe('modular-gateway person', () => {
  it('says who is an operator while nobody was invited', async () => {
    expect(await run('list')).toMatchObject({
      code: 0,
      stdout: 'Nobody has been invited yet. Whoever has the console password is an operator.\n',
    });
  });

  it('invites, changes, disables, enables and removes a person', async () => {
    const invited = await run('invite', 'Thandi Nkosi', '--role', 'staff', '--json');
    expect(invited.json()).toMatchObject({
      name: 'Thandi Nkosi',
      role: 'staff',
      url: expect.stringMatching(
        new RegExp(`^http://127\\.0\\.0\\.1:${env['PORT']}/console/#/invitation\\?token=[\\w-]{43}$`),
      ) as string,
    });
    expect(await listed()).toMatchObject([{ name: 'Thandi Nkosi', role: 'staff', state: 'invited' }]);

    // However the name is typed.
    const link = await run('link', 'thandi  NKOSI');
    expect(link.stdout).toContain('/console/#/invitation?token=');
    expect(link.stdout).toMatch(
      /Send this link to Thandi Nkosi to choose a password\. It works once, until /,
    );
    expect((await run('role', 'Thandi Nkosi', 'reader')).stdout).toBe(
      'Thandi Nkosi’s role is now reader. They have been signed out.\n',
    );
    expect((await run('disable', 'Thandi Nkosi')).code).toBe(0);
    expect(await listed()).toMatchObject([{ role: 'reader', state: 'disabled' }]);
    expect(await run('link', 'Thandi Nkosi')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'error: Thandi Nkosi is disabled. Enable the account first.\n',
    });
    expect((await run('enable', 'Thandi Nkosi')).stdout).toBe('Thandi Nkosi can sign in again.\n');
    expect((await run('list')).stdout).toMatch(
      /NAME +ROLE +STATE +LAST SIGNED IN\nThandi Nkosi +reader +invited +never\n/,
    );
    expect((await run('remove', 'Thandi Nkosi')).stdout).toBe('Thandi Nkosi has been removed.\n');
    expect(await listed()).toEqual([]);
  });

  it.each([
    [['invite', 'X', '--role', 'owner'], 'The role is owner; it may be reader, staff, operator.'],
    [['invite', '', '--role', 'reader'], 'The name is required.'],
    [['invite', 'Eve, operator', '--role', 'reader'], 'The name must not contain brackets or commas.'],
    [['role', 'Nobody', 'reader'], 'Nobody is not among the people of this console.'],
    [['remove', 'Nobody'], 'Nobody is not among the people of this console.'],
  ])('refuses %j in one line', async (args, why) => {
    expect(await run(...args)).toMatchObject({ code: 1, stdout: '', stderr: `error: ${why}\n` });
  });

  describe('where the port is not known', () => {
    beforeEach(() => {
      env = { ...env, PORT: '0' };
    });
    it('says to start the gateway first, and invites nobody', async () => {
      const refused = await run('invite', 'Early', '--role', 'reader');
      expect(refused).toMatchObject({
        code: 1,
        stderr: 'error: Start the gateway once first: PORT is 0, so its port is not known yet.\n',
      });
      expect(await listed()).toEqual([]);
    });
  });

  it('is refused where the console is off', async () => {
    const off = await runCommand(['person', 'invite', 'Off', '--role', 'reader'], {
      env: { ...env, GATEWAY_CONSOLE: 'off' },
    });
    expect(off).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The console is turned off') as string,
    });
  });
});
