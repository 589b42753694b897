import { describe, expect, test } from 'vitest';
import { buildSearchQueries, listSearchWords, listValues } from '../../main/gateway/storage/search-words';

describe('words', () => {
  test.each([
    ['“INV-2026-16”,', ['inv-2026-16', '2026-16', '16']],
    ['(thandi@example.com).', ['thandi@example.com', 'example.com', 'com']],
    ['---', []],
    ['', []],
  ])('of %j', (text, words) => {
    expect(listSearchWords([text])).toEqual(words);
  });

  test.each(['-', '_', '=', '.', '\u0301'])(
    'of a text with a long run of %j are found in linear time: no event stops the gateway',
    (mark) => {
      // In quadratic time each of these would take seconds, and all of them the test's own limit.
      const text = `a${mark.repeat(31_000)}x${'y'.repeat(9_000)}`;
      for (let row = 0; row < 100; row += 1) listSearchWords([text]);
      expect(listSearchWords([text])[0]).toMatch(/^[aá]/);
      expect(buildSearchQueries(text)).toBeDefined();
    },
  );
});

test('values of data deeper than any event are passed over, and none of them ends the search', () => {
  let data: unknown = 'deep';
  for (let level = 0; level < 20_000; level += 1) data = [data];
  expect([...listValues({ near: 'here', data })]).toEqual(['here']);
});
