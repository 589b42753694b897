import { describe, expect, test } from 'vitest';
import {
  createKeyedFlight,
  createRepeatedFlight,
  createSingleFlight,
} from '../../main/gateway/concurrency/single-flight';

/** Work that ends when the test says so. */
function createWork() {
  const runs: { resolve(value: string): void; reject(reason: Error): void }[] = [];
  return { runs, work: () => new Promise<string>((resolve, reject) => runs.push({ resolve, reject })) };
}

describe('createSingleFlight', () => {
  test('gives whoever asks meanwhile the run that is under way, and the next one a run of its own', async () => {
    const { runs, work } = createWork();
    const flight = createSingleFlight(work);
    const asked = [flight.run(), flight.run()];
    runs[0]?.resolve('first');
    expect(await Promise.all(asked)).toEqual(['first', 'first']);
    expect(flight.running).toBeUndefined();
    const next = flight.run();
    runs[1]?.resolve('second');
    expect(await next).toBe('second');
    expect(runs).toHaveLength(2);
  });

  test('runs again after a failure', async () => {
    const { runs, work } = createWork();
    const flight = createSingleFlight(work);
    const failed = flight.run();
    runs[0]?.reject(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    void flight.run();
    expect(runs).toHaveLength(2);
  });

  test('runs again after work that threw before it waited for anything', async () => {
    let runs = 0;
    const flight = createSingleFlight((): Promise<void> => {
      runs += 1;
      throw new Error('at once');
    });
    await expect(flight.run()).rejects.toThrow('at once');
    await expect(flight.run()).rejects.toThrow('at once');
    expect(runs).toBe(2);
  });
});

describe('createRepeatedFlight', () => {
  test('runs once more for all who asked while it ran', async () => {
    const { runs, work } = createWork();
    const flight = createRepeatedFlight(async () => {
      await work();
    });
    const asked = [flight.run(), flight.run(), flight.run()];
    runs[0]?.resolve('');
    await expect.poll(() => runs.length).toBe(2);
    runs[1]?.resolve('');
    await Promise.all(asked);
    expect(runs).toHaveLength(2);
  });

  test('loses nobody who asks at the very end of a run', async () => {
    let runs = 0;
    const flight = createRepeatedFlight(() => {
      runs += 1;
      return Promise.resolve();
    });
    for (let asked = 1; asked <= 20; asked += 1) {
      void flight.run();
      // A little later each time, so that one of them falls on each step of the end.
      for (let step = 0; step < asked; step += 1) await Promise.resolve();
      const before = runs;
      await flight.run();
      expect(runs).toBe(before + 1);
    }
  });
});

test('createKeyedFlight shares the runs of one key only', async () => {
  const share = createKeyedFlight<string>();
  const { runs, work } = createWork();
  const asked = [share('a', work), share('a', work), share('b', work)];
  expect(runs).toHaveLength(2);
  for (const [index, run] of runs.entries()) run.resolve(`run ${index}`);
  expect(await Promise.all(asked)).toEqual(['run 0', 'run 0', 'run 1']);
  void share('a', work);
  expect(runs).toHaveLength(3);
});
