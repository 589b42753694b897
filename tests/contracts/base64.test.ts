import { describe, expect, test } from 'vitest';
import { base64Bytes, base64Payload, isBase64 } from '../../main/contracts/base64';

test.each([
  ['JVBERi0=', 'JVBERi0='],
  ['data:application/pdf;base64,JVBERi0=', 'JVBERi0='],
  ['data:application/pdf;name=a.pdf;base64,JVBERi0=', 'JVBERi0='],
  ['data:;base64,', ''],
  // No data URL as browsers make it: what stands there is taken as it is, and refused by its characters.
  ['data:text/plain,hello', 'data:text/plain,hello'],
  ['xdata:;base64,AAAA', 'xdata:;base64,AAAA'],
])('the payload of %s is %s', (text, payload) => {
  expect(base64Payload(text)).toBe(payload);
});

describe('base64', () => {
  test.each([
    '',
    'AAAA',
    'AAA=',
    'AA==',
    'AAA',
    'AA',
    'ab+/',
    'ab-_',
    'AAAA\r\nBBBB\r\n',
    'AA=\n=',
    'data:image/png;base64,iVBORw0KGgo=',
  ])('%j is', (text) => {
    expect(isBase64(text)).toBe(true);
  });

  test.each(['A*AA', 'für', 'AA=A', 'A===', '====', 'AAAA,BBBB', 'https://example.com/a.pdf', 'AA.A'])(
    '%j is not',
    (text) => {
      expect(isBase64(text)).toBe(false);
    },
  );

  test.each([0, 1, 2, 3, 4, 5, 100, 4_099])('%i bytes are counted, however they are written', (length) => {
    const bytes = Buffer.alloc(length, 0xfb);
    const padded = bytes.toString('base64');
    const broken = padded.replace(/.{76}/g, '$&\r\n');
    for (const text of [padded, bytes.toString('base64url'), broken, `data:a/b;base64,${padded}`]) {
      expect(isBase64(text)).toBe(true);
      expect(base64Bytes(text)).toBe(length);
    }
  });
});
