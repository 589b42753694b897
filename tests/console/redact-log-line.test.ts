import { describe, expect, test } from 'vitest';
import { redactLogLine, redactText, type KnownWords } from '../../main/gateway/console/redact-log-line';

const known: KnownWords = [
  ['/srv/gateway-data', '<data folder>'],
  ['ACC003', '<tenant 1>'],
  ['Acme', '<tenant name>'],
];
const redact = (fields: object) =>
  JSON.parse(redactLogLine(JSON.stringify(fields), known)) as Record<string, unknown>;

describe('a line of the log', () => {
  test('keeps what is the gateway’s own, and numbers', () => {
    const fields = {
      time: '2026-03-01T09:00:00.000Z',
      level: 'warn',
      event: 'delivery.attempted',
      channel: 'email',
      status: 'failed',
      error_code: 'mailbox_unknown',
      event_type: 'invoice:sent',
      duration_ms: 120,
      is_late: true,
      reason: null,
    };
    expect(redact(fields)).toEqual(fields);
  });

  test.each([
    'recipient',
    'phone',
    'user_id',
    'tenant_name',
    'from',
    'to',
    'url',
    'ip',
    'host',
    'database_path',
    'client_email',
    'file',
    'actor',
  ])('says nothing of who or where: %s', (name) => {
    expect(redact({ [name]: 'Thandi' })).toEqual({ [name]: '<removed>' });
    expect(redact({ [name]: 27_821_234_567 })).toEqual({ [name]: '<removed>' });
    expect(redact({ [name]: ['Thandi'] })).toEqual({ [name]: '<removed>' });
  });

  test.each(['total', 'tools', 'platform', 'shipped', 'frontier'])(
    'keeps a field whose name only holds such a word: %s',
    (name) => {
      expect(redact({ [name]: 'kept' })).toEqual({ [name]: 'kept' });
    },
  );

  test.each([
    ['ACC003', '<tenant 1>'],
    ['OTHER', '<tenant>'],
  ])('names tenant %s as %s', (customer_id, expected) => {
    expect(redact({ customer_id })).toEqual({ customer_id: expected });
  });

  test('looks into values that are no texts', () => {
    expect(redact({ details: { to: 'a@example.com' } })).toEqual({
      details: expect.not.stringContaining('example') as string,
    });
  });

  test.each(['', 'not JSON', '{"message":"cut of'])('that cannot be read is left out whole: %j', (line) => {
    expect(redactLogLine(line, known)).toBe('{"message":"<unreadable>"}');
  });
});

describe('a text', () => {
  test.each([
    ['see https://shop.example.com/a?token=x now', 'see <url> now'],
    ['postgres://ann:geheim@db:5432/app is away', '<url> is away'],
    ['to thandi@example.com, jan@example.com', 'to <email>, <email>'],
    ['connect ECONNREFUSED 192.168.1.20:587', 'connect ECONNREFUSED <address>:587'],
    ['connect fe80::1 refused', 'connect <address> refused'],
    ['getaddrinfo ENOTFOUND smtp.example.com', 'getaddrinfo ENOTFOUND <host>'],
    ['+27 82 123 4567 is not on WhatsApp', '<number> is not on WhatsApp'],
    ['the template “Dear client” is missing', 'the template <quoted> is missing'],
    ['message for Thandi Nkosi', 'message for <name>'],
    [`key ${'a1B2'.repeat(10)} refused`, 'key <token> refused'],
    ['ACC003 in /srv/gateway-data/logs', '<tenant 1> in <data folder>/logs'],
    ['delivery 1042 failed after 3 attempts', 'delivery 1042 failed after 3 attempts'],
    ['waited 250 ms', 'waited 250 ms'],
  ])('%s', (text, expected) => {
    expect(redactText(text, known)).toBe(expected);
  });
});
