import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CallAnswer } from '../../main/contracts/console/console-calls';
import type { ConsolePush } from '../../main/contracts/console/console-pushes';
import type { ConsoleRole } from '../../main/contracts/console/roles';
import { officeId } from '../../main/contracts/office-number';
import { createConsoleLogin, type ConsoleLogin } from '../../main/gateway/auth/console-login';
import {
  deleteInvitationOf,
  lockPerson,
  updatePerson,
} from '../../main/gateway/storage/console-people-store';
import { deleteSessionsOfPerson } from '../../main/gateway/storage/console-session-store';
import { cookieOf, signIn } from '../support/sign-in';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

const masterKey = 'k-9f2c7b1e5d8a4063';
const password = 'seven wet pelicans';
const own = 'nine dry flamingos';
let gateway: TestGateway;
let login: ConsoleLogin;
let callers = 0;
const opened: Socket[] = [];

beforeAll(async () => {
  gateway = await startGateway({
    env: { GATEWAY_TRUST_PROXY: '1', GATEWAY_MASTER_KEY: masterKey, LOG_LEVEL: 'debug' },
  });
  login = createConsoleLogin(gateway.system);
  await login.setPassword(password);
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.disconnect();
});
afterAll(() => gateway.stop());

/** Each from an address of its own: what is counted is one test's business only. */
function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  callers += 1;
  const address = `10.8.${Math.floor(callers / 250)}.${(callers % 250) + 1}`;
  return gateway.call(path, { method: 'POST', body, headers: { 'x-forwarded-for': address, ...headers } });
}

async function addPerson(name: string, role: ConsoleRole): Promise<{ id: number; cookie: string }> {
  const { token, person } = await login.people.invite({ name, role });
  const answer = await post('/console/invitation', { token, password: own });
  expect(answer).toMatchObject({ status: 200, body: { name, role } });
  return { id: person.id, cookie: cookieOf(answer) };
}

async function openPage(cookie: string, origin = gateway.origin) {
  const socket = io(`${origin}/console`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie, origin },
  });
  opened.push(socket);
  const pushes: ConsolePush[] = [];
  let reason: string | undefined;
  socket.on('push', (push: ConsolePush) => pushes.push(push));
  socket.on('disconnect', (why) => (reason = why));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return {
    pushes,
    async call(name: string, input: object = {}): Promise<CallAnswer> {
      return (await socket.timeout(10_000).emitWithAck('call', name, input)) as CallAnswer;
    },
    async codeOf(name: string, input: object = {}) {
      const answer = await this.call(name, input);
      return answer.ok ? 'ok' : answer.problem.code;
    },
    ended: () => waitUntil(() => reason, { what: 'the page to be ended' }),
  };
}

const audited = (action: string) =>
  gateway.system.query<{ actor: string; detail: Record<string, unknown> }>({
    name: 'test.audit',
    text: 'select actor, detail from audit_log where action = $1 order by id desc',
    values: [action],
  });

/** How many transactions wait for a lock of another. */
async function countWaiting(): Promise<number> {
  const [row] = await gateway.system.query<{ waiting: number }>({
    name: 'test.waiting',
    text: `
      select count(*)::integer as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  });
  return row?.waiting ?? 0;
}

describe('an invitation', () => {
  it('says whose it is as often as asked, and is accepted once', async () => {
    const { token, endsAt } = await login.people.invite({ name: 'Thandi', role: 'staff' });
    expect((endsAt.getTime() - Date.now()) / 86_400_000).toBeCloseTo(3, 2);
    for (let round = 0; round < 2; round += 1) {
      const told = await post('/console/invitation', { token });
      expect(told).toMatchObject({ status: 200, body: { name: 'Thandi', role: 'staff' } });
      expect(told.headers.getSetCookie()).toEqual([]);
    }
    const short = await post('/console/invitation', { token, password: 'short' });
    expect(short).toMatchObject({
      status: 422,
      body: { code: 'invalid_password', details: [{ path: 'password' }] },
    });
    const both = await Promise.all([1, 2].map(() => post('/console/invitation', { token, password: own })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await post('/console/invitation', { token })).body['code']).toBe('invitation_refused');
    expect((await audited('person.invitation_accepted'))[0]).toMatchObject({
      actor: 'console (Thandi, staff)',
      detail: { person: 'Thandi', changes: [{ name: 'password', before: 'not set', after: 'set anew' }] },
    });
  });

  it('is no sign-in link, and ends after its time, with another link, and with its person', async () => {
    const made = await login.people.invite({ name: 'Sipho', role: 'reader' });
    const refusals = async (token: string) => (await post('/console/invitation', { token })).status;
    expect((await post('/console/login', { link_token: made.token })).status).toBe(401);
    const next = await login.people.makeLink(made.person.id);
    expect([await refusals(made.token), await refusals(next.token)]).toEqual([401, 200]);
    await gateway.system.query({
      name: 'test.age_invitations',
      text: `update console_invitations set expires_at = now() - interval '1 second'`,
    });
    expect(await refusals(next.token)).toBe(401);
    expect((await post('/console/invitation', { token: next.token, password: own })).status).toBe(401);
    const third = await login.people.makeLink(made.person.id);
    await login.people.setDisabled(made.person.id, true);
    expect(await refusals(third.token)).toBe(401);
    await expect(login.people.makeLink(made.person.id)).rejects.toMatchObject({ code: 'person_disabled' });
    await login.people.remove(made.person.id);
    await expect(login.people.makeLink(made.person.id)).rejects.toMatchObject({ code: 'person_not_found' });
  });

  it('waits with all it takes for who changes its person, and they for it', async () => {
    const { token, person } = await login.people.invite({ name: 'At once', role: 'reader' });
    let accepting: Promise<unknown> = Promise.resolve();
    await gateway.system.transaction(async (tx) => {
      await lockPerson(tx, person.id);
      accepting = login.people.acceptInvitation(token, own);
      await waitUntil(countWaiting, { what: 'the invitation to wait for its person' });
      // Had it taken the link already, the change that is under way here and it would wait for each other.
      await tx.query({ name: 'test.link', text: 'select from console_invitations for update nowait' });
      await updatePerson(tx, person.id, { disabled: true });
      await deleteInvitationOf(tx, person.id);
    });
    expect(await accepting).toBeUndefined();
    expect(await login.people.get(person.id)).toMatchObject({ state: 'disabled', linkEndsAt: null });
  });

  it('is not made for a person who is being disabled', async () => {
    const { person } = await login.people.invite({ name: 'No link', role: 'reader' });
    let making: Promise<unknown> = Promise.resolve();
    await gateway.system.transaction(async (tx) => {
      await lockPerson(tx, person.id);
      making = login.people.makeLink(person.id).catch((thrown: unknown) => thrown);
      await waitUntil(countWaiting, { what: 'the new link to wait for its person' });
      await updatePerson(tx, person.id, { disabled: true });
      await deleteInvitationOf(tx, person.id);
    });
    expect(await making).toMatchObject({ code: 'person_disabled' });
    expect(await login.people.get(person.id)).toMatchObject({ linkEndsAt: null });
  });

  it('for a forgotten password ends what was signed in by the one before', async () => {
    const { id, cookie } = await addPerson('Lerato', 'reader');
    const page = await openPage(cookie);
    const { token } = await login.people.makeLink(id);
    expect((await post('/console/login', { name: 'Lerato', password: own })).status).toBe(200);
    await post('/console/invitation', { token, password: 'another long password' });
    await page.ended();
    expect((await post('/console/login', { name: 'Lerato', password: own })).status).toBe(401);
    const next = await post('/console/login', { name: ' LERATO', password: 'another long password' });
    expect(next.status).toBe(200);
  });

  it.each([
    [{}, 'token'],
    [{ token: '' }, 'token'],
    [{ token: 1 }, 'token'],
    [{ token: 'x', password: 7 }, 'password'],
    [{ token: 'x', password: 'x'.repeat(1_001) }, 'password'],
  ])('that is no such thing is named: %j', async (body, path) => {
    const answer = await post('/console/invitation', body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_body', details: [{ path }] } });
  });

  it('is not guessed: ten failures a minute', async () => {
    const address = { 'x-forwarded-for': '10.99.8.1' };
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        post('/console/invitation', { token: `guess-${index}` }, address),
      ),
    );
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(guesses.filter(({ status }) => status === 429)).toHaveLength(2);
  });
});

describe('signing in by name', () => {
  it('leaves the password alone the operator’s, as it always was', async () => {
    await addPerson('Anna', 'reader');
    const roleOf = async (body: object) => {
      const answer = await post('/console/login', body);
      const me = await (await openPage(cookieOf(answer))).call('people.me');
      return me.ok ? me.value : me.problem;
    };
    expect(await roleOf({ password })).toEqual({ id: null, name: null, role: 'operator' });
    expect(await roleOf({ password, name: ' ' })).toEqual({ id: null, name: null, role: 'operator' });
    expect(await roleOf({ password: own, name: 'anna' })).toMatchObject({ name: 'Anna', role: 'reader' });
    const me = await (await openPage(await signIn(gateway))).call('people.me');
    expect(me).toMatchObject({ value: { name: null, role: 'operator' } });
    expect((await gateway.call('/console/session')).body).toMatchObject({ names_used: true });
  });

  it('is refused in the same words and counted alike, whether there is such a person or not', async () => {
    const { person } = await login.people.invite({ name: 'Not yet', role: 'reader' });
    const { id } = await addPerson('Disabled', 'operator');
    await login.people.setDisabled(id, true);
    const attempts = [
      { name: 'Anna', password: 'wrong wrong wrong' },
      { name: 'Anna', password },
      { name: 'Nobody', password: own },
      { name: 'Not yet', password: own },
      { name: 'Disabled', password: own },
      { name: `Nobody'; --`, password: own },
    ];
    for (const body of attempts) {
      const answer = await post('/console/login', body);
      expect([body.name, answer.status, answer.body['error']]).toEqual([
        body.name,
        401,
        'That name and password do not match.',
      ]);
    }
    await login.people.remove(person.id);
    for (const name of ['Anna', 'No such person']) {
      const guesses = await Promise.all(
        Array.from({ length: 24 }, () => post('/console/login', { name, password: 'wrong wrong' })),
      );
      const refused = guesses.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThanOrEqual(4);
      // Nor is the right one taken, from anywhere; the console's own password is, below.
      expect((await post('/console/login', { name, password: own })).status).toBe(429);
    }
    expect((await post('/console/login', { password })).status).toBe(200);
  });
});

describe('a name with control characters', () => {
  it.each(['a\u0000b', 'a\u0007b', 'a\ud800'])('is refused as a name: %j', async (name) => {
    expect(await post('/console/login', { name, password: own })).toMatchObject({
      status: 422,
      body: { code: 'invalid_body', details: [{ path: 'name' }] },
    });
  });
});

describe('failures by a name', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const useUp = (name: string) =>
    Promise.all(Array.from({ length: 24 }, () => post('/console/login', { name, password: 'wrong wrong' })));

  it('shut nobody out where they signed in before, for their last five addresses', async () => {
    await addPerson('Busi', 'reader');
    const right = { name: 'Busi', password: own };
    const home = ['2001:db8:1:2::7', ...[2, 3, 4, 5, 6].map((last) => `10.77.0.${last}`)];
    for (const address of home) expect((await post('/console/login', right, from(address))).status).toBe(200);
    await useUp('busi');
    expect((await post('/console/login', right)).status).toBe(429);
    for (const address of home.slice(1)) {
      expect((await post('/console/login', right, from(address))).status).toBe(200);
    }
    // The sixth has been forgotten; a wrong password is one at home too, and is counted there by its address.
    expect((await post('/console/login', right, from(home[0]!))).status).toBe(429);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () =>
        post('/console/login', { ...right, password: 'wrong wrong' }, from(home[1]!)),
      ),
    );
    expect(guesses.map(({ status }) => status).sort()).toEqual([...Array<number>(10).fill(401), 429, 429]);
  });

  it('counts one IPv6 network as one address', async () => {
    await addPerson('Six', 'reader');
    const right = { name: 'Six', password: own };
    expect((await post('/console/login', right, from('2001:db8:5:6::7'))).status).toBe(200);
    await useUp('Six');
    expect((await post('/console/login', right, from('2001:db8:5:6:1:2:3:4'))).status).toBe(200);
    expect((await post('/console/login', right, from('2001:db8:5:7::7'))).status).toBe(429);
  });

  it('are not counted for an address where no password was tried', async () => {
    await useUp('Used up');
    const address = from('10.77.1.1');
    for (let round = 0; round < 12; round += 1) {
      const refused = await post('/console/login', { name: 'Used up', password: own }, address);
      expect(refused).toMatchObject({
        status: 429,
        body: { error: expect.stringContaining('by this name') as string },
      });
    }
    expect((await post('/console/login', { password }, address)).status).toBe(200);
  });
});

describe('a person', () => {
  it('is ended at once by another role, by being disabled and removed, also at another gateway', async () => {
    const second = await startGateway({ beside: gateway, env: { GATEWAY_MASTER_KEY: masterKey } });
    try {
      const { id, cookie } = await addPerson('Kabelo', 'operator');
      const elsewhere = (of: string) => of.replace(String(gateway.port), String(second.port));
      const signInAgain = async () =>
        cookieOf(await post('/console/login', { name: 'Kabelo', password: own }));
      const changes: [() => Promise<unknown>, string][] = [
        [() => login.people.setRole(id, 'reader'), cookie],
        [() => login.people.setDisabled(id, true), ''],
        [() => login.people.remove(id), ''],
      ];
      for (const [change, first] of changes) {
        const used = first === '' ? await signInAgain() : first;
        const pages = [await openPage(used), await openPage(elsewhere(used), second.origin)];
        const stranger = await openPage(await signIn(gateway));
        const startedMs = performance.now();
        await change();
        for (const page of pages) {
          await page.ended();
          expect(page.pushes.at(-1)).toMatchObject({ name: 'session.ended' });
        }
        expect(performance.now() - startedMs).toBeLessThan(5_000);
        expect(await stranger.codeOf('people.list')).toBe('ok');
        if (change === changes[1]?.[0]) await login.people.setDisabled(id, false);
      }
    } finally {
      await second.stop();
    }
  });

  it('is ended as soon as the database answers, where it failed just then', async () => {
    const { id, cookie } = await addPerson('Late', 'operator');
    const page = await openPage(cookie);
    const rename = (from: string, to: string) => ({
      name: `test.${to}`,
      text: `alter table ${from} rename to ${to}`,
    });
    await gateway.system.transaction(async (tx) => {
      await deleteSessionsOfPerson(tx, id);
      await tx.query(rename('console_sessions', 'console_sessions_away'));
    });
    const failed = ({ event }: Record<string, unknown>) => event === 'console.session_check_failed';
    await waitUntil(async () => (await gateway.readLog()).some(failed), { what: 'the look that failed' });
    await gateway.system.query(rename('console_sessions_away', 'console_sessions'));
    await page.ended();
    expect(page.pushes.at(-1)).toMatchObject({ name: 'session.ended' });
  });

  it('whose password was proven begins no session once it is another', async () => {
    const { id } = await addPerson('Race', 'reader');
    const proven = await login.people.checkPassword('Race', own);
    if (!proven) throw new Error('the password was not taken');
    await login.people.setPassword(id, 'another long password');
    expect(await login.startPersonSession(proven, '10.0.0.1')).toBeUndefined();
    const again = await login.people.checkPassword('Race', 'another long password');
    await login.people.setDisabled(id, true);
    expect(again && (await login.startPersonSession(again, '10.0.0.1'))).toBeUndefined();
  });

  it('is known by a mark that a gateway without people takes for no session', async () => {
    const { cookie } = await addPerson('Marked', 'reader');
    expect(cookie.split('=')[1]).toMatch(/^p[A-Za-z0-9_-]{43}$/);
  });

  it('does what the role may, and is told what it may see', async () => {
    await gateway.addTenant({ customerId: 'ROLES' });
    const reader = await openPage((await addPerson('Reader', 'reader')).cookie);
    const staff = await openPage((await addPerson('Staff', 'staff')).cookie);
    const tenant = { customerId: 'ROLES' };
    expect(await reader.codeOf('whatsapp.connect', { ...tenant, way: 'qr' })).toBe('not_allowed');
    expect(await reader.codeOf('history.retryChosen', { deliveries: [{ ...tenant, id: 1 }] })).toBe(
      'not_allowed',
    );
    expect(await staff.codeOf('history.retryChosen', { deliveries: [{ ...tenant, id: 1 }] })).toBe('ok');
    expect(await staff.codeOf('whatsapp.logout', tenant)).toBe('not_allowed');
    // Everybody's messages leave by the office number.
    const office = { customerId: officeId };
    expect(await staff.codeOf('whatsapp.connect', { ...office, way: 'qr' })).toBe('not_allowed');
    expect(await staff.codeOf('whatsapp.pairingCode', { ...office, phone: '27821110000' })).toBe(
      'not_allowed',
    );
    expect(await staff.call('whatsapp.list')).toMatchObject({ ok: true, value: { office: null } });
    for (const page of [reader, staff]) {
      expect(await page.codeOf('people.list')).toBe('not_allowed');
      expect(await page.codeOf('keys.create', tenant)).toBe('not_allowed');
      expect(await page.codeOf('logs.watch', { on: true })).toBe('not_allowed');
      const detail = await page.call('tenants.get', tenant);
      expect(detail).toMatchObject({ ok: true, value: { databaseUrl: '', settings: {}, secretsSet: {} } });
      expect(await page.call('gateway.info')).toMatchObject({ value: { dataDir: '' } });
    }
  });

  it('fetches the files that they asked for, and nobody else’s', async () => {
    const first = await addPerson('First', 'reader');
    const second = await addPerson('Second', 'reader');
    const operator = await openPage(await signIn(gateway));
    const page = await openPage(first.cookie);
    const other = await openPage(second.cookie);
    expect(await page.codeOf('history.export', { filter: {} })).toBe('ok');
    const fileOf = async (of: typeof page) => {
      const listed = await of.call('operations.list');
      const { operations } = (listed.ok ? listed.value : { operations: [] }) as {
        operations: { id: string; file: { downloadToken: string } | null }[];
      };
      return operations.find(({ file }) => file !== null)?.file?.downloadToken;
    };
    await expect.poll(() => fileOf(page)).toBeDefined();
    const token = await fileOf(page);
    expect(await fileOf(other)).toBeUndefined();
    expect(await fileOf(operator)).toBe(token);
    expect(other.pushes.filter(({ name }) => name === 'operation.changed')).toEqual([]);
    const fetched = async (cookie: string, file = token) =>
      (await fetch(`${gateway.origin}/console/downloads/${file}`, { headers: { cookie } })).status;
    expect(await fetched(first.cookie)).toBe(200);
    expect(await fetched(second.cookie)).toBe(404);
    expect(await fetched(await signIn(gateway))).toBe(200);
    // A backup of the operator's is not theirs either, even by its token.
    const file = join(gateway.dataDir, 'backups', 'b.tar.gz');
    await operator.call('backups.list');
    await writeFile(file, 'x');
    await operator.call('login.confirm', { password });
    const offered = await operator.call('backups.download', { name: 'b.tar.gz' });
    const { downloadToken } = (offered.ok ? offered.value : {}) as { downloadToken?: string };
    expect([
      await fetched(first.cookie, downloadToken),
      await fetched(await signIn(gateway), downloadToken),
    ]).toEqual([404, 200]);
  });

  it('is asked for their own password where the operator is asked for the console’s', async () => {
    const page = await openPage((await addPerson('Naledi', 'operator')).cookie);
    const invite = () => page.codeOf('people.invite', { name: 'Invited by Naledi', role: 'reader' });
    expect(await invite()).toBe('password_needed');
    expect(await page.codeOf('login.confirm', { password })).toBe('wrong_password');
    expect(await page.codeOf('login.confirm', { password: own })).toBe('ok');
    expect(await invite()).toBe('ok');
    const [entry] = await audited('person.invited');
    expect(entry?.actor).toMatch(/^console \(Naledi, operator, 10\.8\.|^console \(Naledi, operator, 127/);
    expect(entry?.detail).toEqual({
      person: 'Invited by Naledi',
      changes: [{ name: 'role', before: 'not set', after: 'reader' }],
    });
    // Their own, and not the console's, is what they change.
    const next = { current: own, password: 'eleven new ostriches' };
    expect(await page.codeOf('login.setPassword', { ...next, current: password })).toBe('wrong_password');
    expect(await page.codeOf('login.setPassword', next)).toBe('ok');
    await page.ended();
    expect((await post('/console/login', { password })).status).toBe(200);
    expect((await post('/console/login', { name: 'Naledi', password: next.password })).status).toBe(200);
  });

  it('is invited, changed, disabled and removed from the console, each with before and after', async () => {
    const page = await openPage(await signIn(gateway));
    await page.call('login.confirm', { password });
    const made = await page.call('people.invite', { name: 'Pieter', role: 'reader' });
    const { id, url } = (made.ok ? made.value : {}) as { id: number; url: string };
    expect(url).toMatch(/\/console\/#\/invitation\?token=[A-Za-z0-9_-]{43}$/);
    for (const [name, path] of [
      ['PIETER', 'name'],
      ['a\u0007', 'name'],
    ]) {
      const refused = await page.call('people.invite', { name, role: 'reader' });
      expect(refused).toMatchObject({ ok: false, problem: { details: [{ path }] } });
    }
    expect(await page.codeOf('people.invite', { name: 'X', role: 'owner' })).toBe('invalid_input');
    expect(await page.codeOf('people.setRole', { id, role: 'staff' })).toBe('ok');
    expect(await page.codeOf('people.setDisabled', { id, disabled: true })).toBe('ok');
    const listed = await page.call('people.list');
    expect(listed).toMatchObject({
      value: {
        people: expect.arrayContaining([
          expect.objectContaining({ id, state: 'disabled', role: 'staff' }),
        ]) as object,
      },
    });
    expect(await page.codeOf('people.remove', { id })).toBe('ok');
    expect(await page.codeOf('people.remove', { id })).toBe('person_not_found');
    const changesOf = async (action: string) => (await audited(action))[0]?.detail;
    const person = 'Pieter';
    expect(await changesOf('person.role_changed')).toEqual({
      person,
      changes: [{ name: 'role', before: 'reader', after: 'staff' }],
    });
    expect(await changesOf('person.disabled')).toEqual({
      person,
      changes: [{ name: 'disabled', before: false, after: true }],
    });
    expect(await changesOf('person.removed')).toEqual({
      person,
      changes: [{ name: 'role', before: 'staff', after: 'not set' }],
    });
  });
});

it('keeps no password, token or session readable in the database, and none in the log', async () => {
  const { token } = await login.people.invite({ name: 'Secretive', role: 'reader' });
  await addPerson('Signed in', 'reader');
  const answer = await post('/console/login', { name: 'Signed in', password: own });
  const rows = await gateway.system.query({
    name: 'test.dump',
    text: `
      select to_jsonb(p)::text as row from console_people p
      union all select to_jsonb(i)::text from console_invitations i
      union all select to_jsonb(s)::text from console_sessions s
      union all select to_jsonb(a)::text from audit_log a`,
  });
  const dump = JSON.stringify(rows) + JSON.stringify(await gateway.readLog());
  for (const secret of [token, own, cookieOf(answer).split('=')[1] ?? 'none']) {
    expect(secret.length).toBeGreaterThan(9);
    expect(dump).not.toContain(secret);
  }
});

it('sign-out-all and a new password of the console end people’s sessions and invitations too', async () => {
  const { cookie } = await addPerson('Last', 'staff');
  const { token } = await login.people.invite({ name: 'Never', role: 'operator' });
  const page = await openPage(cookie);
  await login.setPassword(password);
  await page.ended();
  expect((await post('/console/invitation', { token })).status).toBe(401);
  expect((await post('/console/login', { name: 'Last', password: own })).status).toBe(200);
});
