import { describe, expect, test } from 'vitest';
import { chooseSmtpAccount, mayLogInPlainly } from '../../../main/gateway/channels/email/smtp-account';
import { makeTenant } from '../make-message';

/** A password crosses the network over TLS, or not at all, unless the operator says so for that account. */

const own = {
  use_customer_smtp: true,
  smtp_host: 'mail.acme.example',
  smtp_port: 587,
  smtp_username: 'bills',
  smtp_password: 'geheim',
  smtp_secure: null,
};
const accountOf = (settings: object = {}) => chooseSmtpAccount(makeTenant({ ...own, ...settings }), null);

describe("a tenant's account with a login", () => {
  test.each([
    ['on port 587', {}],
    ['on port 25', { smtp_port: 25 }],
    ['on a port of its own', { smtp_port: 2500 }],
    ['with TLS unticked', { smtp_secure: false }],
    ['at an address in the office', { smtp_host: '192.168.1.5' }],
    ['at a name without dots', { smtp_host: 'mailserver' }],
    ['at a name that only looks like this machine', { smtp_host: 'localhost.acme.example' }],
    ['at an address that only looks like this machine', { smtp_host: '127.0.0.1.acme.example' }],
  ])('%s must be offered TLS', (_what, settings) => {
    expect(accountOf(settings).tls).toBe('required');
    expect(mayLogInPlainly(accountOf(settings))).toBe(false);
  });

  test.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('at %s need not', (smtp_host) => {
    expect(accountOf({ smtp_host }).tls).toBe('offered');
    expect(mayLogInPlainly(accountOf({ smtp_host }))).toBe(false);
  });

  test('need not where the operator allows it, and is named then', () => {
    const allowed = accountOf({ smtp_allow_plaintext_login: true });
    expect(allowed.tls).toBe('offered');
    expect(mayLogInPlainly(allowed)).toBe(true);
  });

  test('may do without where there is no password to lose', () => {
    expect(accountOf({ smtp_username: null, smtp_password: null }).tls).toBe('offered');
  });
});

test("the system's account obeys the same, by a variable of its own", () => {
  const system = {
    host: 'mail.acme.example',
    port: 587,
    secure: null,
    username: 'bills',
    password: 'geheim',
    fromEmail: null,
    fromName: null,
  };
  const tenant = makeTenant({ use_customer_smtp: false, smtp_allow_plaintext_login: true });
  expect(chooseSmtpAccount(tenant, system).tls).toBe('required');
  expect(chooseSmtpAccount(tenant, { ...system, allowPlaintextLogin: true }).tls).toBe('offered');
});
