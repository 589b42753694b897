import { describe, expect, test } from 'vitest';
import { callRoles, pushRoles } from '../../main/contracts/console/call-roles';
import { allCalls } from '../../main/contracts/console/console-calls';
import { consoleRoles, reachesRole } from '../../main/contracts/console/roles';
import { dispatchCall, type CallTable } from '../../main/gateway/console/dispatch-call';
import { createPushHub } from '../../main/gateway/console/push-hub';
import { createMemoryLogger } from '../support/memory-logger';

const logger = createMemoryLogger();
const names = Object.keys(allCalls) as (keyof typeof allCalls)[];
const table = (asked: string[], roles: CallTable['roles'] = callRoles): CallTable => ({
  calls: allCalls,
  roles,
  handlers: new Proxy({}, { get: (_all, name) => () => Promise.resolve(asked.push(String(name))) }),
  logger,
  describeFault: String,
});

describe('the table of calls', () => {
  test('names the least role of each call, and of nothing else', () => {
    expect(Object.keys(callRoles).sort()).toEqual([...names].sort());
    expect(names.filter((name) => !consoleRoles.includes(callRoles[name]))).toEqual([]);
  });

  test.each(consoleRoles)(
    'a %s is refused what is above, whatever the input, before it is handled',
    async (role) => {
      for (const name of names) {
        const asked: string[] = [];
        const answer = await dispatchCall(table(asked), name, { no: 'such input' }, { role });
        const code = answer.ok ? 'ok' : answer.problem.code;
        // What is allowed gets as far as its input.
        if (reachesRole(role, callRoles[name])) expect([name, code]).toEqual([name, 'invalid_input']);
        else expect([name, code]).toEqual([name, 'not_allowed']);
        expect(asked).toEqual([]);
      }
    },
  );

  test('refuses in words that name the role and whom to ask', async () => {
    const refusalOf = async (name: string, role: 'reader' | 'staff') => {
      const answer = await dispatchCall(table([]), name, {}, { role });
      return answer.ok ? undefined : answer.problem.message;
    };
    expect(await refusalOf('backups.list', 'reader')).toBe(
      'Your role, Reader, cannot do this. Ask an operator.',
    );
    expect(await refusalOf('history.retry', 'reader')).toBe(
      'Your role, Reader, cannot do this. Ask staff or an operator.',
    );
    expect(await refusalOf('keys.list', 'staff')).toBe('Your role, Staff, cannot do this. Ask an operator.');
  });

  test('a call without a role, and somebody without one, are refused', async () => {
    const asked: string[] = [];
    const { 'gateway.info': _left, ...others } = callRoles;
    const without = await dispatchCall(table(asked, others), 'gateway.info', {}, { role: 'operator' });
    const nobody = await dispatchCall(table(asked), 'gateway.info', {}, {} as { role: 'reader' });
    for (const answer of [without, nobody])
      expect(answer).toMatchObject({ problem: { code: 'not_allowed' } });
    expect(asked).toEqual([]);
  });

  // What nobody below an operator may do, by its name: a new call that changes something is looked at here.
  test('gives readers nothing that changes anything, and staff what staff do', () => {
    const ofRole = (role: string) => names.filter((name) => callRoles[name] === role).sort();
    expect(ofRole('reader')).toEqual([
      'gateway.info',
      'history.count',
      'history.eventTypes',
      'history.export',
      'history.get',
      'history.list',
      'login.confirm',
      'login.setPassword',
      'operations.cancel',
      'operations.list',
      'overview.get',
      'people.me',
      'tenants.get',
      'tenants.list',
      'whatsapp.list',
    ]);
    expect(ofRole('staff')).toEqual([
      'history.cancelChosen',
      'history.replay',
      'history.resolve',
      'history.retry',
      'history.retryChosen',
      'whatsapp.connect',
      'whatsapp.pairingCode',
    ]);
  });
});

describe('pushes', () => {
  test('reach those whose role may see them, without what it may not', () => {
    const hub = createPushHub((thrown) => {
      throw thrown;
    });
    const told = Object.fromEntries(
      consoleRoles.map((role) => {
        const pushes: unknown[] = [];
        hub.subscribe({ windowId: role, role }, (push) => pushes.push(push));
        return [role, pushes];
      }),
    );
    hub.push('logs.lines', { lines: [] });
    expect(consoleRoles.map((role) => told[role]?.length)).toEqual([0, 0, 1]);
    const card = { customerId: 'A', qrCode: 'data:image/png;base64,x', pairingCode: 'ABCDEFGH' };
    hub.push('whatsapp.changed', card as never);
    expect(told['reader']).toMatchObject([{ payload: { customerId: 'A', qrCode: null, pairingCode: null } }]);
    expect(told['staff']).toMatchObject([{ payload: card }]);
    hub.push('tenants.changed', {}, ({ windowId }) => windowId === 'staff');
    expect(consoleRoles.map((role) => told[role]?.length)).toEqual([1, 2, 2]);
    expect(Object.values(pushRoles).every((role) => consoleRoles.includes(role))).toBe(true);
  });
});
