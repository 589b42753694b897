import { describe, expect, test } from 'vitest';
import {
  countHistory,
  readHistoryPage,
  type HistorySource,
} from '../../main/gateway/deliveries/read-history';
import { NoAnswerError } from '../../main/gateway/errors';
import type { HistoryPosition, HistoryReaderRow } from '../../main/gateway/storage/history-reader';

/** A minute of that hour, written as the readers write it. */
const at = (minute: number) => `2026-03-01T09:${String(minute).padStart(2, '0')}:00.000000Z`;

/** A tenant with a delivery at each of these minutes; ids rise with time. */
function source(customerId: string, minutes: readonly number[]): HistorySource {
  const rows = minutes
    .map((minute, index) => ({ id: index + 1, position_at: at(minute) }) as HistoryReaderRow)
    .sort((a, b) => (a.position_at < b.position_at ? 1 : a.position_at > b.position_at ? -1 : b.id - a.id));
  return {
    customerId,
    reader: {
      page: (_query, start: HistoryPosition | undefined, limit) => {
        const rest = rows.filter(
          (row) =>
            !start || row.position_at < start.at || (row.position_at === start.at && row.id < start.id),
        );
        const page = rest.slice(0, limit);
        const last = page.at(-1);
        return Promise.resolve({
          rows: page,
          next: last && rest.length > limit ? { at: last.position_at, id: last.id } : null,
        });
      },
      count: (_query, most) => Promise.resolve(Math.min(most, rows.length)),
    },
  };
}

function failing(customerId: string, thrown: Error): HistorySource {
  const fail = () => Promise.reject(thrown);
  return { customerId, reader: { page: fail, count: fail } };
}
const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const namesOf = (rows: readonly { customerId: string; id: number }[]) =>
  rows.map(({ customerId, id }) => `${customerId}${id}`);

/** All pages, one after the other. */
async function readAll(sources: readonly HistorySource[], limit: number): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await readHistoryPage(sources, {}, cursor, limit);
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    names.push(...namesOf(page.rows));
    cursor = page.nextCursor ?? undefined;
    if (names.length > 1_000) throw new Error('it never ends');
  } while (cursor !== undefined);
  return names;
}

describe('a page of several tenants', () => {
  const a = source('A', [1, 4, 7, 7]);
  const b = source('B', [2, 4, 8]);

  test('is merged by time, newest first; then by customer, and by id downwards', async () => {
    const page = await readHistoryPage([b, a], {}, undefined, 50);
    expect(namesOf(page.rows)).toEqual(['B3', 'A4', 'A3', 'A2', 'B2', 'B1', 'A1']);
    expect(page).toMatchObject({ nextCursor: null, missing: [] });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'page by page of %i shows each row once, in the same order',
    async (limit) => {
      expect(await readAll([a, b], limit)).toEqual(['B3', 'A4', 'A3', 'A2', 'B2', 'B1', 'A1']);
    },
  );

  test('goes on though one tenant has far more than the others', async () => {
    const busy = source(
      'BUSY',
      Array.from({ length: 50 }, (_, minute) => minute),
    );
    const all = await readAll([busy, source('QUIET', [0, 25, 55])], 7);
    expect(all).toHaveLength(53);
    expect(new Set(all).size).toBe(53);
    expect(all[0]).toBe('QUIET3');
    expect(all.slice(-2)).toEqual(['BUSY1', 'QUIET1']);
  });

  test('fits a tenant in that came in the meantime', async () => {
    const first = await readHistoryPage([a], {}, undefined, 2);
    const second = await readHistoryPage([a, b], {}, first.nextCursor ?? '', 50);
    // Of B what is older than the place where the first page ended.
    expect(namesOf(second.rows)).toEqual(['A2', 'B2', 'B1', 'A1']);
  });

  test('shows nothing of which it does not know whether another tenant has something newer', async () => {
    const searching: HistorySource = {
      customerId: 'S',
      // A search that stopped at minute 5 and found nothing so far.
      reader: {
        page: () => Promise.resolve({ rows: [], next: { at: at(5), id: 9 } }),
        count: () => Promise.resolve(0),
      },
    };
    const page = await readHistoryPage([a, searching], {}, undefined, 50);
    expect(namesOf(page.rows)).toEqual(['A4', 'A3']);
    expect(page.nextCursor).not.toBeNull();
  });
});

describe('a tenant whose database does not answer', () => {
  const a = source('A', [1]);

  test.each([
    ['is away', away],
    ['takes too long', new NoAnswerError(5_000)],
    ['cancels', Object.assign(new Error('canceling statement'), { code: '57014' })],
  ])('because it %s is left out, and named', async (_why, thrown) => {
    const page = await readHistoryPage([failing('Z', thrown), a, failing('B', thrown)], {}, undefined, 50);
    expect(namesOf(page.rows)).toEqual(['A1']);
    expect(page.missing).toEqual(['B', 'Z']);
  });

  test('in time, and is the only one, is an error that says so', async () => {
    const only = [failing('A', new NoAnswerError(5_000))];
    await expect(readHistoryPage(only, {}, undefined, 50)).rejects.toMatchObject({
      code: 'too_slow',
    });
    await expect(countHistory(only, {}, 100)).rejects.toMatchObject({ code: 'too_slow' });
  });

  test('for a fault of ours hides nothing', async () => {
    const sources = [a, failing('B', new TypeError('of ours'))];
    await expect(readHistoryPage(sources, {}, undefined, 50)).rejects.toThrow('of ours');
    await expect(countHistory(sources, {}, 100)).rejects.toThrow('of ours');
  });
});

describe('a cursor', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['nonsense', 'nonsense'],
    ['empty', ''],
    ['no list', encode({ at: at(1) })],
    ['a time that is none', encode(['yesterday', 'A', 1])],
    ['a customer that is no text', encode([at(1), 7, 1])],
    ['an id that is no number', encode([at(1), 'A', 'x'])],
    ['too short', encode([at(1)])],
  ])('that is none is refused: %s', async (_what, cursor) => {
    await expect(readHistoryPage([], {}, cursor, 50)).rejects.toMatchObject({
      code: 'invalid_cursor',
      httpStatus: 400,
    });
  });
});

describe('counting', () => {
  const a = source('A', [1, 2, 3]);
  const b = source('B', [1, 2]);
  test.each([
    [100, { count: 5, more: false }],
    [5, { count: 5, more: false }],
    [4, { count: 4, more: true }],
    [1, { count: 1, more: true }],
  ])('up to %i', async (most, expected) => {
    expect(await countHistory([a, b], {}, most)).toEqual(expected);
  });

  test('leaves those out that are away', async () => {
    expect(await countHistory([a, failing('B', away)], {}, 100)).toEqual({ count: 3, more: false });
  });
});
