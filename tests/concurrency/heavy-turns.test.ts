import { describe, expect, it } from 'vitest';
import { createHeavyTurns } from '../../main/gateway/concurrency/heavy-turns';

describe('heavy work', () => {
  it('is done in turns of its owners, and the thread is free in between', async () => {
    const turns = createHeavyTurns();
    const order: string[] = [];
    const work = (owner: string) => turns.run(owner, () => void order.push(owner));
    const all = ['hog', 'hog', 'hog', 'hog', 'calm', 'calm'].map(work);
    expect(order).toEqual([]);
    let immediates = 0;
    const counting = setInterval(() => (immediates += 1), 0);
    await Promise.all(all);
    clearInterval(counting);
    expect(order.slice(0, 4)).toEqual(['hog', 'calm', 'hog', 'calm']);
    expect(order).toHaveLength(6);
  });

  it('is followed by a rest that is as long as several times the work', async () => {
    let now = 0;
    const turns = createHeavyTurns(() => now);
    let done = false;
    const first = turns.run('a', () => (now += 30));
    const second = turns.run('a', () => (done = true));
    await first;
    // Any number of turns of the loop, but not yet 120 ms.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    await second;
    expect(done).toBe(true);
  });

  it('that fails is its own affair', async () => {
    const turns = createHeavyTurns();
    await expect(
      turns.run('a', () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await turns.run('a', () => 1)).toBe(1);
  });
});
