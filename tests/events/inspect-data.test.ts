import { describe, expect, test } from 'vitest';
import { inspectData } from '../../main/gateway/events/inspect-data';

const problemOf = (data: unknown) => inspectData(data, 'event_data');

function nest(levels: number): unknown {
  let value: unknown = 'inside';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { a: value } : [value];
  return value;
}

describe('data that fits', () => {
  test.each<[string, unknown]>([
    ['plain values', { a: 1, b: 'x', c: true, d: null, e: [1, 'x', null] }],
    ['the largest whole number that is exact', { n: Number.MAX_SAFE_INTEGER, m: Number.MIN_SAFE_INTEGER }],
    ['a large number that is meant to be rough', { n: 1.5e300, m: 1e21 }],
    ['a text of the longest kind', { text: 'x'.repeat(1_000_000) }],
    ['emoji and other pairs', { text: '👍 𝒜' }],
    ['32 levels', nest(32)],
    ['a file’s content of any length', { attachments: [{ content_base64: 'A'.repeat(2_000_000) }] }],
    ['names that only look alike', { constructors: 1, proto: 2, '': 3 }],
  ])('%s', (_what, data) => {
    expect(problemOf(data)).toBeUndefined();
  });
});

describe('what a database or a mail would stumble over', () => {
  test.each<[string, unknown, string, RegExp]>([
    ['U+0000 in a text', { a: { b: 'x\u0000y' } }, 'event_data.a.b', /U\+0000/],
    ['U+0000 in a name', { 'x\u0000': 1 }, 'event_data.x\u0000', /U\+0000/],
    ['half a pair', { a: ['ok', '\ud800'] }, 'event_data.a.1', /half a surrogate pair/],
    ['half a pair in a name', { '\udc00': 1 }, 'event_data.\udc00', /half a surrogate pair/],
    ['a text that is too long', { a: 'x'.repeat(1_000_001) }, 'event_data.a', /longer than 1,000,000/],
    [
      'a name that is too long',
      { ['n'.repeat(1_001)]: 1 },
      `event_data.${'n'.repeat(100)}`,
      /too long for a name/,
    ],
    ['a number that has lost digits', { id: 2 ** 53 }, 'event_data.id', /too large to be kept exactly/],
    ['a negative one', { id: -(2 ** 53) }, 'event_data.id', /too large/],
    ['no finite number', { n: Infinity }, 'event_data.n', /too large/],
    ['33 levels', nest(33), `event_data${'.a.0'.repeat(16)}`, /nested deeper than 32/],
    ['a Buffer', { file: Buffer.from('x') }, 'event_data.file', /binary/],
    ['an ArrayBuffer', { file: new ArrayBuffer(3) }, 'event_data.file', /binary/],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}'), 'event_data.a.__proto__', /not allowed/],
    ['constructor', { constructor: 1 }, 'event_data.constructor', /not allowed/],
    ['prototype', { list: [{ prototype: 1 }] }, 'event_data.list.0.prototype', /not allowed/],
    ['content that is no text', { content_base64: ['\u0000'] }, 'event_data.content_base64.0', /U\+0000/],
  ])('%s', (_what, data, path, message) => {
    const problem = problemOf(data);
    expect(problem?.message).toMatch(message);
    expect(problem?.path).toBe(path);
  });

  test('is found however deep the data goes on', () => {
    expect(problemOf(nest(100_000))?.message).toMatch(/nested deeper/);
  });

  test('is told one at a time, the first', () => {
    expect(problemOf({ a: '\u0000', b: Infinity })?.path).toBe('event_data.a');
  });
});
