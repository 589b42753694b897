import { describe, expect, test } from 'vitest';
import type { TenantSummary } from '../../main/contracts/console/tenant-calls';
import { isCustomerId } from '../../renderer/is-customer-id';
import { countViews, listTenants, type TenantChoice } from '../../renderer/pages/tenants/list-tenants';

function tenant(customerId: string, changes: Partial<TenantSummary> = {}): TenantSummary {
  return {
    customerId,
    name: customerId,
    paused: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    problem: null,
    channels: { email: true, whatsapp: false, webhook: false },
    health: { email: 'ok', whatsapp: 'off', webhook: 'off' },
    whatsapp: null,
    waiting: 0,
    failed: 0,
    lastEventAt: null,
    ...changes,
  };
}

const tenants = [
  tenant('B2', { name: 'Bright Plumbing', failed: 3, lastEventAt: '2026-11-30T10:00:00.000Z' }),
  tenant('A1', { name: 'Zulu Freight', waiting: 9, lastEventAt: '2026-11-30T12:00:00.000Z' }),
  tenant('C3', { name: 'Karoo Dental', paused: true, waiting: 2 }),
  tenant('D4', { name: 'Nkosi & Sons', health: { email: 'ok', whatsapp: 'down', webhook: 'off' } }),
  tenant('E5', { name: 'Oak', health: { email: 'ok', whatsapp: 'attention', webhook: 'off' } }),
  tenant('F6', { name: 'Pine', problem: 'Its database does not answer.' }),
];
const ids = (choice: Partial<TenantChoice>) =>
  listTenants(tenants, { view: 'all', order: 'name', isReversed: false, search: '', ...choice }).map(
    ({ customerId }) => customerId,
  );

describe('the list of tenants', () => {
  test.each<[Partial<TenantChoice>, string[]]>([
    [{}, ['B2', 'C3', 'D4', 'E5', 'F6', 'A1']],
    [{ isReversed: true }, ['A1', 'F6', 'E5', 'D4', 'C3', 'B2']],
    [{ order: 'waiting' }, ['A1', 'C3', 'B2', 'D4', 'E5', 'F6']],
    [{ order: 'failed' }, ['B2', 'C3', 'D4', 'E5', 'F6', 'A1']],
    [{ order: 'lastEvent' }, ['A1', 'B2', 'C3', 'D4', 'E5', 'F6']],
    [{ view: 'failing' }, ['B2', 'D4', 'F6']],
    [{ view: 'paused' }, ['C3']],
    [{ view: 'notConnected' }, ['D4', 'E5']],
    [{ search: 'a1' }, ['A1']],
    [{ search: ' SONS ' }, ['D4']],
    [{ view: 'paused', search: 'sons' }, []],
  ])('%o', (choice, expected) => {
    expect(ids(choice)).toEqual(expected);
  });

  test('says how many each view holds', () => {
    expect(countViews(tenants)).toEqual({ all: 6, failing: 3, paused: 1, notConnected: 2 });
  });
});

test.each([
  ['ACC003', true],
  [' ACC.003-a_b ', true],
  ['7', true],
  ['...', false],
  ['two words', false],
  ['', false],
  ['a/b', false],
  ['x'.repeat(51), false],
])('the one rule for customer ids: %s', (text, expected) => {
  expect(isCustomerId(text)).toBe(expected);
});
