import { expect, it } from 'vitest';
import { createClaimSize } from '../../main/gateway/deliveries/claim-size';

function open(concurrency: number) {
  let nowMs = 1_000_000;
  const size = createClaimSize(concurrency, () => nowMs);
  /** @returns how large the next claim may be */
  const claimAfter = (ms: number) => {
    nowMs += ms;
    size.noteClaim();
    return size.current();
  };
  size.noteClaim();
  return { size, claimAfter };
}

it('begins with twice what may be under way', () => {
  expect(open(5).size.current()).toBe(10);
});

it('doubles while claims follow each other quickly, up to 128', () => {
  const { claimAfter } = open(5);
  expect([0, 50, 199, 10, 10].map(claimAfter)).toEqual([20, 40, 80, 128, 128]);
});

it('stays while they come at a middling pace', () => {
  const { claimAfter } = open(5);
  claimAfter(0);
  expect([200, 1_000, 2_000].map(claimAfter)).toEqual([20, 20, 20]);
});

it('falls back when the last one kept the channel busy for long', () => {
  const { claimAfter } = open(5);
  claimAfter(0);
  expect([0, 2_001, 0].map(claimAfter)).toEqual([40, 10, 20]);
});
