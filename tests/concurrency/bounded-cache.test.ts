import { describe, expect, it } from 'vitest';
import { createBoundedCache } from '../../main/gateway/concurrency/bounded-cache';

describe('createBoundedCache', () => {
  it('drops what was not used for longest', () => {
    const cache = createBoundedCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
    expect(cache.size).toBe(2);
  });

  it('keeps the keys together below the limit of characters', () => {
    const cache = createBoundedCache<number>(100, 10);
    cache.set('aaaa', 1);
    cache.set('bbbb', 2);
    cache.set('aaaa', 3);
    expect(cache.size).toBe(2);
    cache.set('cccc', 4);
    expect([cache.get('aaaa'), cache.get('bbbb'), cache.get('cccc')]).toEqual([3, undefined, 4]);
    cache.set('d'.repeat(11), 5);
    expect(cache.size).toBe(0);
  });
});
