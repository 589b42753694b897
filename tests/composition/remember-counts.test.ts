import { expect, test } from 'vitest';
import { rememberCounts } from '../../main/gateway/composition/remember-counts';
import type { DeliveryCounter } from '../../main/gateway/storage/delivery-counter';

function createCounted() {
  const asked: string[] = [];
  let isBroken = false;
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return isBroken ? Promise.reject(new Error('away')) : Promise.resolve(value);
  };
  const counter: DeliveryCounter = {
    countOpen: () => answer('open', []),
    countSent: (from) => answer(`sent ${from.getTime()}`, []),
    countFailed: (from) => answer(`failed ${from.getTime()}`, []),
    findLastEventAt: () => answer('last', null),
    describeDatabase: () => answer('database', undefined),
  };
  return { asked, counter, breakIt: () => (isBroken = true), mendIt: () => (isBroken = false) };
}

test('a database that nobody writes to is asked once, and again when somebody did', async () => {
  const { asked, counter } = createCounted();
  let version: string | undefined = '1';
  const remembering = rememberCounts(counter, { version: () => version, quietly: (work) => work() });
  for (let n = 0; n < 3; n += 1) {
    await remembering.countOpen();
    await remembering.countSent(new Date(7));
  }
  expect(asked).toEqual(['open', 'sent 7']);
  await remembering.countSent(new Date(8));
  expect(asked).toEqual(['open', 'sent 7', 'sent 8']);
  version = '2';
  await remembering.countOpen();
  version = undefined;
  await remembering.countOpen();
  await remembering.countOpen();
  expect(asked.filter((what) => what === 'open')).toHaveLength(4);
});

test('a question that failed is asked again', async () => {
  const { asked, counter, breakIt, mendIt } = createCounted();
  const remembering = rememberCounts(counter, { version: () => '1', quietly: (work) => work() });
  breakIt();
  await expect(remembering.findLastEventAt()).rejects.toThrow('away');
  mendIt();
  await expect(remembering.findLastEventAt()).resolves.toBeNull();
  expect(asked).toEqual(['last', 'last']);
});
