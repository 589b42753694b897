import { expect, test } from 'vitest';
import { latestWins } from '../../main/gateway/concurrency/latest-wins';

function startReads() {
  const ends: { resolve(value: string): void; reject(reason: Error): void }[] = [];
  const taken: string[] = [];
  const reload = latestWins(
    () => new Promise<string>((resolve, reject) => ends.push({ resolve, reject })),
    (found) => taken.push(found),
  );
  return { ends, taken, reload };
}

test('reads that end in their order are all taken', async () => {
  const { ends, taken, reload } = startReads();
  const reads = [reload(), reload()];
  ends[0]?.resolve('old');
  await reads[0];
  ends[1]?.resolve('new');
  await reads[1];
  expect(taken).toEqual(['old', 'new']);
});

test('one that began earlier and ends later does not bring back what was', async () => {
  const { ends, taken, reload } = startReads();
  const reads = [reload(), reload()];
  ends[1]?.resolve('new');
  await reads[1];
  ends[0]?.resolve('old');
  await reads[0];
  expect(taken).toEqual(['new']);
});

test('one that failed is told of, and hinders none that began earlier', async () => {
  const { ends, taken, reload } = startReads();
  const reads = [reload(), reload()];
  ends[1]?.reject(new Error('away'));
  await expect(reads[1]).rejects.toThrow('away');
  ends[0]?.resolve('old');
  await reads[0];
  expect(taken).toEqual(['old']);
});
