import { describe, expect, test } from 'vitest';
import { createSignals } from '../../main/gateway/signals';
import { createSessionRecord } from '../../main/gateway/whatsapp/session-record';
import { createMemoryLogger } from '../support/memory-logger';

const record = () =>
  createSessionRecord({
    customerId: 'ACC001',
    databaseOf: () => undefined,
    signals: createSignals(() => undefined),
    logger: createMemoryLogger(),
    now: () => new Date('2026-03-04T10:00:00Z'),
  });
const row = {
  status: 'logged_out',
  qr_code: null,
  error_message: null,
  last_updated: null,
  phone: null,
  browser: null,
  paired_at: null,
  first_paired_at: null,
  last_used_at: null,
  new_contacts_locked_until: null,
};
const at = new Date('2026-03-01T08:00:00Z');

describe('whether a number was ever linked', () => {
  test.each([
    ['is linked', { paired_at: at }, true],
    ['was linked, and logged out', { first_paired_at: at }, true],
    ['was linked and logged out by an older gateway', { last_used_at: at }, true],
    ['only offered a code', { status: 'qr_ready' }, false],
    ['only had logout pressed', {}, false],
  ])('one that %s', (_what, given, expected) => {
    const loaded = record();
    loaded.load({ ...row, ...given });
    expect(loaded.state.wasPaired).toBe(expected);
  });

  test('is forgotten with everything that speaks of it', () => {
    const forgotten = record();
    forgotten.load({ ...row, paired_at: at, first_paired_at: at, last_used_at: at });
    forgotten.change({ isPaired: false, wasPaired: false });
    expect(forgotten.state.wasPaired).toBe(false);
    expect(forgotten.lastUsedAt).toBeNull();
  });
});
