import { expect, test } from 'vitest';
import { findLinkToken } from '../../renderer/pages/login/link-token';
import { writeSpan } from '../../renderer/pages/whatsapp/write-span';

test.each([
  [0, '0:00'],
  [59, '0:59'],
  [245, '4:05'],
  [3_600, '1:00:00'],
  // Once written as 1436:55.
  [86_215, '23:56:55'],
])('%i seconds are %s', (seconds, expected) => {
  expect(writeSpan(seconds)).toBe(expected);
});

test.each([
  ['#/login?token=abc', 'abc'],
  ['http://192.168.1.20:3001/console/#/login?token=abc', 'abc'],
  ['  http://192.168.1.20:3001/console/#/login?token=a%2Bb  ', 'a+b'],
  ['#/history?token=abc', undefined],
  ['correct horse battery', undefined],
  ['#/login', undefined],
  ['', undefined],
])('the token of a sign-in link: %s', (text, expected) => {
  expect(findLinkToken(text)).toBe(expected);
});
