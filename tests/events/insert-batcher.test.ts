import { describe, expect, test } from 'vitest';
import { createInsertBatcher } from '../../main/gateway/events/insert-batcher';
import type { InsertedEvent, NewEvent } from '../../main/gateway/storage/event-rows';

function eventOf(name: string): NewEvent {
  return {
    eventType: name,
    eventData: {},
    idempotencyKey: null,
    expiresAt: null,
    source: 'http',
    deliveries: [],
  };
}

interface Commit {
  readonly names: string[];
  succeed(): void;
  fail(thrown: unknown): void;
}

/** A store whose commits end when the test says so. */
function createHeldStore() {
  const commits: Commit[] = [];
  return {
    commits,
    names: () => commits.map((commit) => commit.names),
    insertEvents: (events: readonly NewEvent[]) =>
      new Promise<InsertedEvent[]>((resolve, reject) => {
        const names = events.map((event) => event.eventType);
        commits.push({ names, succeed: () => resolve(names.map(inserted)), fail: reject });
      }),
  };
}

const inserted = (name: string): InsertedEvent => ({
  duplicate: false,
  eventId: Number(name),
  deliveryIds: [],
});
const refusal = (code: string) => Object.assign(new Error('refused by the server'), { code });
const names = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
/** Past the turn of the event loop in which a commit starts. */
async function nextTurn(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('events share commits', () => {
  test('those of one burst go together, in their order', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    const answers = names(1, 5).map((name) => batcher.commit(eventOf(name)));
    expect(store.names()).toEqual([]);
    await nextTurn();
    expect(store.names()).toEqual([['1', '2', '3', '4', '5']]);
    store.commits[0]!.succeed();
    expect(await Promise.all(answers)).toEqual(names(1, 5).map(inserted));
  });

  test('those that are read one after the other within a turn of the event loop go together, too', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    for (const name of names(1, 3)) {
      void batcher.commit(eventOf(name));
      // As between the requests that one socket brought at once.
      for (let step = 0; step < 5; step += 1) await Promise.resolve();
    }
    await nextTurn();
    expect(store.names()).toEqual([['1', '2', '3']]);
  });

  test('a few that come during a commit wait for its end, and go together', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    const first = names(1, 3).map((name) => batcher.commit(eventOf(name)));
    await nextTurn();
    const later = names(4, 5).map((name) => batcher.commit(eventOf(name)));
    await nextTurn();
    expect(store.names()).toEqual([['1', '2', '3']]);
    store.commits[0]!.succeed();
    await Promise.all(first);
    await nextTurn();
    expect(store.names()).toEqual([
      ['1', '2', '3'],
      ['4', '5'],
    ]);
    store.commits[1]!.succeed();
    await Promise.all(later);
  });

  test('a second commit starts beside the first when as many wait as are in it', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    for (const name of names(1, 3)) void batcher.commit(eventOf(name));
    await nextTurn();
    for (const name of names(4, 6)) void batcher.commit(eventOf(name));
    await nextTurn();
    expect(store.names()).toEqual([names(1, 3), names(4, 6)]);
  });

  test('a third never does, however many wait', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    void batcher.commit(eventOf('1'));
    await nextTurn();
    void batcher.commit(eventOf('2'));
    await nextTurn();
    for (const name of names(3, 400)) void batcher.commit(eventOf(name));
    await nextTurn();
    expect(store.names()).toEqual([['1'], ['2']]);
    store.commits[0]!.succeed();
    await nextTurn();
    expect(store.names()).toEqual([['1'], ['2'], names(3, 400)]);
  });

  test('a group has 500 at most', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    for (const name of names(1, 1_100)) void batcher.commit(eventOf(name));
    await nextTurn();
    expect(store.commits.map((commit) => commit.names.length)).toEqual([500, 500]);
    store.commits[0]!.succeed();
    store.commits[1]!.succeed();
    await nextTurn();
    expect(store.commits.map((commit) => commit.names.length)).toEqual([500, 500, 100]);
    expect(store.names().flat()).toEqual(names(1, 1_100));
  });

  test('none is answered before its commit is done', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    let isAnswered = false;
    const answer = batcher.commit(eventOf('1')).then(() => (isAnswered = true));
    await nextTurn();
    expect(isAnswered).toBe(false);
    store.commits[0]!.succeed();
    await answer;
    expect(isAnswered).toBe(true);
  });
});

describe('what the database refuses', () => {
  test.each(['22P02', '22003', '23505', '23514', '54000'])(
    '(%s) spoils only the event that it is about, and the others keep their order',
    async (code) => {
      const tried: string[][] = [];
      const batcher = createInsertBatcher({
        insertEvents: (events) => {
          const given = events.map((event) => event.eventType);
          tried.push(given);
          return given.includes('3') ? Promise.reject(refusal(code)) : Promise.resolve(given.map(inserted));
        },
      });
      const answers = await Promise.allSettled(names(1, 5).map((name) => batcher.commit(eventOf(name))));
      expect(answers.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ]);
      expect(answers[2]).toMatchObject({ reason: { code } });
      expect(answers[4]).toMatchObject({ value: inserted('5') });
      expect(tried).toEqual([names(1, 5), ['1'], ['2'], ['3'], ['4'], ['5']]);
    },
  );

  test('alone in its commit is tried once', async () => {
    let tries = 0;
    const batcher = createInsertBatcher({
      insertEvents: () => {
        tries += 1;
        return Promise.reject(refusal('22P05'));
      },
    });
    await expect(batcher.commit(eventOf('1'))).rejects.toMatchObject({ code: '22P05' });
    expect(tries).toBe(1);
  });

  test.each(['ECONNREFUSED', '57P01', '08006', '40001', '53300', '42P01'])(
    '(%s) as a whole: all are refused, and nobody tries them one by one',
    async (code) => {
      const store = createHeldStore();
      const batcher = createInsertBatcher(store);
      const answers = Promise.allSettled(names(1, 4).map((name) => batcher.commit(eventOf(name))));
      await nextTurn();
      store.commits[0]!.fail(refusal(code));
      await nextTurn();
      expect(store.commits).toHaveLength(1);
      expect(
        (await answers).map(
          (answer) => answer.status === 'rejected' && (answer.reason as { code: string }).code,
        ),
      ).toEqual([code, code, code, code]);
    },
  );

  test('does not keep later events from being stored', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    const first = batcher.commit(eventOf('1'));
    await nextTurn();
    store.commits[0]!.fail(refusal('ECONNREFUSED'));
    await expect(first).rejects.toThrow('refused by the server');
    const second = batcher.commit(eventOf('2'));
    await nextTurn();
    store.commits[1]!.succeed();
    expect(await second).toEqual(inserted('2'));
  });

  test('an event that the store says nothing of counts as not stored', async () => {
    const batcher = createInsertBatcher({ insertEvents: () => Promise.resolve([inserted('1')]) });
    const [one, other] = await Promise.allSettled([
      batcher.commit(eventOf('1')),
      batcher.commit(eventOf('2')),
    ]);
    expect(one).toMatchObject({ status: 'fulfilled' });
    expect(other).toMatchObject({ status: 'rejected' });
  });
});

describe('draining', () => {
  test('ends when what waits and what is under way is committed', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    const answers = [batcher.commit(eventOf('1'))];
    await nextTurn();
    // Waits for the first: two is more than it holds, so it starts at once.
    answers.push(batcher.commit(eventOf('2')), batcher.commit(eventOf('3')));
    let isDrained = false;
    const drained = batcher.drain().then(() => (isDrained = true));
    await nextTurn();
    store.commits[0]!.succeed();
    await nextTurn();
    expect(isDrained).toBe(false);
    store.commits[1]!.succeed();
    await drained;
    expect(await Promise.all(answers)).toEqual(names(1, 3).map(inserted));
  });

  test('ends at once where nothing waits', async () => {
    await expect(createInsertBatcher(createHeldStore()).drain()).resolves.toBeUndefined();
  });

  test('ends though a commit fails', async () => {
    const store = createHeldStore();
    const batcher = createInsertBatcher(store);
    const answer = batcher.commit(eventOf('1')).catch((thrown: unknown) => thrown);
    await nextTurn();
    const drained = batcher.drain();
    store.commits[0]!.fail(refusal('57P01'));
    await drained;
    expect(await answer).toMatchObject({ code: '57P01' });
  });
});
