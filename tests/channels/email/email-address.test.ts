import { expect, test } from 'vitest';
import { isEmailAddress } from '../../../main/gateway/channels/email/email-address';

test.each([
  'client@example.com',
  'first.last+tag@sub.example.co.za',
  'a@b',
  "o'brien@example.com",
  'zoë@exämple.com',
  '用户@例子.中国',
  `${'x'.repeat(64)}@example.com`,
])('%s is a mailbox', (address) => {
  expect(isEmailAddress(address)).toBe(true);
});

test.each([
  '',
  '@example.com',
  'client@',
  'client',
  'a@b@example.com',
  'a@example.com, b@example.com',
  'a@example.com;b@example.com',
  'Client <a@example.com>',
  '<a@example.com>',
  '"quoted name"@example.com',
  'a b@example.com',
  'a@exam ple.com',
  ' a@example.com',
  'a@example.com\n',
  'a@example.com\r\nBcc: b@example.com',
  'a\u0000@example.com',
  'a@example.com\u0085',
  'a\u00a0b@example.com',
  'a(comment)@example.com',
  'a\\b@example.com',
  'a@[127.0.0.1]',
  'a:b@example.com',
  `${'x'.repeat(65)}@example.com`,
  `a@${'x'.repeat(260)}`,
])('%j is none, or more than one', (address) => {
  expect(isEmailAddress(address)).toBe(false);
});
