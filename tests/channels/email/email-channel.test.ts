import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { TenantSettings } from '../../../main/contracts/tenant-settings';
import type { Channel } from '../../../main/gateway/channels/channel';
import {
  createEmailChannel,
  type EmailChannelOptions,
} from '../../../main/gateway/channels/email/email-channel';
import type { SystemSmtpAccount } from '../../../main/gateway/channels/email/smtp-account';
import { type MailCatcher, type MailCatcherOptions, startMailCatcher } from '../../simulators/mail-catcher';
import { failureOf, makeMessage, makeTenant, never } from '../make-message';

const password = 'c0rrect-horse/battery+staple';
const catchers: MailCatcher[] = [];
const channels: Channel[] = [];

async function startCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const catcher = await startMailCatcher(options);
  catchers.push(catcher);
  return catcher;
}

function systemAccountOf(catcher: MailCatcher, account: Partial<SystemSmtpAccount> = {}): SystemSmtpAccount {
  return {
    host: catcher.host,
    port: catcher.port,
    username: null,
    password: null,
    fromEmail: 'gateway@system.example',
    fromName: 'The Gateway',
    secure: null,
    ...account,
  };
}

/** A channel whose system account is the catcher's. */
function startChannel(catcher: MailCatcher, options: Partial<EmailChannelOptions> = {}): Channel {
  const channel = createEmailChannel({ systemAccount: systemAccountOf(catcher), ...options });
  channels.push(channel);
  return channel;
}

function ownAccount(catcher: MailCatcher, settings: Partial<TenantSettings> = {}): Partial<TenantSettings> {
  return { use_customer_smtp: true, smtp_host: catcher.host, smtp_port: catcher.port, ...settings };
}

afterEach(async () => {
  await Promise.all(channels.splice(0).map((channel) => channel.stop()));
  await Promise.all(catchers.splice(0).map((catcher) => catcher.stop()));
});

describe('what an email carries', () => {
  it('has subject, text, HTML, a stable Message-ID, a date and who it is from', async () => {
    const catcher = await startCatcher();
    const message = makeMessage({
      email: { subject: 'Rekening – R 1 500,00', text: 'Liewe kliënt', html: '<p>Liewe <b>kliënt</b></p>' },
    });
    const receipt = await startChannel(catcher).send(makeTenant(), message, never());
    const mail = await catcher.waitForMail();
    expect(mail.from).toBe('gateway@system.example');
    expect(mail.to).toEqual(['client@example.com']);
    expect(mail.parsed.subject).toBe('Rekening – R 1 500,00');
    expect(mail.parsed.text?.trim()).toBe('Liewe kliënt');
    expect(mail.parsed.html).toBe('<p>Liewe <b>kliënt</b></p>');
    expect(mail.parsed.messageId).toBe(message.messageId);
    expect(mail.parsed.from?.value).toEqual([{ name: 'The Gateway', address: 'gateway@system.example' }]);
    expect(Math.abs(Date.now() - mail.parsed.date!.getTime())).toBeLessThan(60_000);
    expect(mail.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(receipt.messageId).toBe(message.messageId);
    expect(receipt.response).toMatch(/^250 /);
  });

  it('is plain text alone where there is no HTML', async () => {
    const catcher = await startCatcher();
    const message = makeMessage({ email: { subject: 'Hi', text: 'only text' } });
    await startChannel(catcher).send(makeTenant(), message, never());
    const mail = await catcher.waitForMail();
    expect(mail.parsed.html).toBe(false);
    expect(mail.raw.toString()).not.toContain('multipart');
  });

  it('keeps the Message-ID over attempts', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    const message = makeMessage();
    catcher.behave({ stage: 'data', code: 451, times: 1 });
    await failureOf(channel.send(makeTenant(), message, never()));
    await channel.send(makeTenant(), { ...message, attempt: 2 }, never());
    expect((await catcher.waitForMail()).parsed.messageId).toBe(message.messageId);
  });

  it('refuses a message without an email', async () => {
    const catcher = await startCatcher();
    const failure = await failureOf(
      startChannel(catcher).send(makeTenant(), makeMessage({ email: undefined }), never()),
    );
    expect(failure).toMatchObject({ kind: 'permanent', code: 'email_missing' });
  });
});

describe('who an email is from', () => {
  it.each<[string, Partial<TenantSettings>, Partial<SystemSmtpAccount>, string, string, string | undefined]>([
    ['the system', {}, {}, 'gateway@system.example', 'The Gateway', undefined],
    [
      'the tenant, on whose behalf the system sends',
      { smtp_from_email: 'bills@acme.example', smtp_from_name: 'Acme' },
      {},
      'bills@acme.example',
      'Acme',
      'gateway@system.example',
    ],
    ['the tenant by name', { smtp_from_name: 'Acme' }, {}, 'gateway@system.example', 'Acme', undefined],
    [
      'the system account’s user name where it is an address',
      {},
      { fromEmail: null, username: 'robot@system.example' },
      'robot@system.example',
      'The Gateway',
      undefined,
    ],
  ])('%s', async (_who, settings, account, address, name, sender) => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher, { systemAccount: systemAccountOf(catcher, account) });
    await channel.send(makeTenant(settings), makeMessage(), never());
    const mail = await catcher.waitForMail();
    expect(mail.parsed.from?.value).toEqual([{ name, address }]);
    expect((mail.parsed.headers.get('sender') as { text: string } | undefined)?.text).toBe(sender);
    expect(mail.from).toBe(sender ?? address);
  });

  it.each<[string, Partial<TenantSettings>, string, string]>([
    [
      'its own address',
      { smtp_from_email: 'bills@acme.example', smtp_from_name: 'Acme' },
      'bills@acme.example',
      'Acme',
    ],
    ['its user name', { smtp_username: 'robot@acme.example' }, 'robot@acme.example', ''],
    ['the system as the last resort', { smtp_username: 'apikey' }, 'gateway@system.example', 'The Gateway'],
  ])('with an account of the tenant: %s', async (_who, settings, address, name) => {
    const catcher = await startCatcher();
    await startChannel(catcher).send(makeTenant(ownAccount(catcher, settings)), makeMessage(), never());
    const mail = await catcher.waitForMail();
    expect(mail.parsed.from?.value).toEqual([{ name, address }]);
    expect(mail.parsed.headers.has('sender')).toBe(false);
    expect(mail.from).toBe(address);
  });

  it('is not configured without an account, a host or an address', async () => {
    const catcher = await startCatcher();
    const withoutSystem = startChannel(catcher, { systemAccount: null });
    for (const settings of [
      {},
      { use_customer_smtp: true },
      { use_customer_smtp: true, smtp_host: ' ' },
      ownAccount(catcher, { smtp_username: 'apikey' }),
    ]) {
      const failure = await failureOf(withoutSystem.send(makeTenant(settings), makeMessage(), never()));
      expect(failure).toMatchObject({ kind: 'unavailable', code: 'email_not_configured' });
    }
    expect(catcher.connections).toBe(0);
  });
});

describe('header injection', () => {
  /** Field names of the mail's own header, lower case, in order. */
  function headerNames(raw: Buffer): string[] {
    const [head = ''] = raw.toString('utf8').split('\r\n\r\n', 1);
    return head
      .split('\r\n')
      .filter((line) => !/^[ \t]/.test(line))
      .map((line) => line.split(':', 1)[0]!.toLowerCase());
  }
  const usualNames = [
    'from',
    'to',
    'subject',
    'message-id',
    'date',
    'auto-submitted',
    'x-auto-response-suppress',
    'mime-version',
    'content-type',
    'content-transfer-encoding',
  ];

  it.each([
    'a@example.com\r\nBcc: evil@example.com',
    'a@example.com\nBcc: evil@example.com',
    'a@example.com, evil@example.com',
    'a@example.com;evil@example.com',
    'a@example.com evil@example.com',
    '<a@example.com>',
    'A <a@example.com>',
    '"a\r\nb"@example.com',
    'a@example.com>\r\nRCPT TO:<evil@example.com',
    'group: a@example.com, evil@example.com;',
    'a@b@example.com',
    'a\u0000@example.com',
    '@example.com',
    'nobody',
    '',
  ])('refuses the recipient %j', async (recipient) => {
    const catcher = await startCatcher();
    const failure = await failureOf(
      startChannel(catcher).send(makeTenant(), makeMessage({ recipient }), never()),
    );
    expect(failure).toMatchObject({ kind: 'permanent', code: 'invalid_recipient' });
    expect(failure.message).not.toMatch(/[\r\n\u0000]/);
    expect(catcher.connections).toBe(0);
  });

  it('takes internationalised addresses', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    await channel.send(makeTenant(), makeMessage({ recipient: 'jörg@bücher.example' }), never());
    expect((await catcher.waitForMail()).to).toEqual(['jörg@bücher.example']);
  });

  it('never lets subject, names or texts add a header or a recipient', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    const nasty = fc.oneof(
      fc.constantFrom(
        'x\r\nBcc: evil@example.com',
        'x\nBcc: evil@example.com\n\nbody',
        'x\r Bcc: evil@example.com',
        'x\u2028Bcc: evil@example.com',
        'x\u0085Bcc: evil@example.com',
        '", evil@example.com, "',
        '<evil@example.com>',
        '=?utf-8?Q?=0D=0ABcc:_evil=40example.com?=',
        '\u0000',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (subject, name, text) => {
        catcher.reset();
        const tenant = makeTenant({ smtp_from_name: name });
        await channel.send(tenant, makeMessage({ email: { subject, text, html: text } }), never());
        const mail = await catcher.waitForMail();
        expect(mail.to).toEqual(['client@example.com']);
        expect(headerNames(mail.raw).filter((field) => !usualNames.includes(field))).toEqual([]);
        expect(new Set(headerNames(mail.raw)).size).toBe(headerNames(mail.raw).length);
        expect(mail.parsed.from?.value.map(({ address }) => address)).toEqual(['gateway@system.example']);
      }),
      { numRuns: 60 },
    );
  });
});

describe('logins and encryption', () => {
  it('logs in with the tenant’s own account', async () => {
    const catcher = await startCatcher({ login: { username: 'robot@acme.example', password } });
    const settings = ownAccount(catcher, { smtp_username: 'robot@acme.example', smtp_password: password });
    await startChannel(catcher).send(makeTenant(settings), makeMessage(), never());
    expect((await catcher.waitForMail()).username).toBe('robot@acme.example');
  });

  it('is unavailable when the login is refused, and never tells the password', async () => {
    const catcher = await startCatcher({ login: { username: 'robot@acme.example', password: 'other' } });
    const onTheWire = Buffer.from(`\0robot@acme.example\0${password}`).toString('base64');
    catcher.behave({ stage: 'auth', code: 535, text: `5.7.8 ${password} and ${onTheWire} are wrong` });
    const settings = ownAccount(catcher, { smtp_username: 'robot@acme.example', smtp_password: password });
    const failure = await failureOf(startChannel(catcher).send(makeTenant(settings), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_auth_refused' });
    expect(failure.detail.response).toBe('535 5.7.8 *** and *** are wrong');
    const everything = JSON.stringify([failure, failure.stack, failure.message, failure.cause]);
    expect(everything).not.toContain(password);
    expect(everything).not.toContain(onTheWire);
  });

  it('is unavailable when the server wants a login and there is none', async () => {
    const catcher = await startCatcher({ login: { username: 'robot', password } });
    const failure = await failureOf(startChannel(catcher).send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_auth_required' });
  });

  it('is unavailable while the server cannot check logins', async () => {
    const catcher = await startCatcher({ login: { username: 'robot', password } });
    catcher.behave({ stage: 'auth', code: 454, text: '4.7.0 Temporary authentication failure' });
    const settings = ownAccount(catcher, { smtp_username: 'robot', smtp_password: password });
    const failure = await failureOf(startChannel(catcher).send(makeTenant(settings), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_auth_deferred' });
  });

  it('uses STARTTLS when the server offers it, and TLS from the first byte when told to', async () => {
    const offering = await startCatcher({ tls: 'starttls' });
    await startChannel(offering).send(makeTenant(), makeMessage(), never());
    expect((await offering.waitForMail()).secure).toBe(true);

    const implicit = await startCatcher({ tls: 'implicit' });
    const tenant = makeTenant(ownAccount(implicit, { smtp_secure: true }));
    await startChannel(implicit).send(tenant, makeMessage(), never());
    expect((await implicit.waitForMail()).secure).toBe(true);
  });

  it('says so when the two cannot agree on encryption', async () => {
    const plain = await startCatcher();
    const tenant = makeTenant(ownAccount(plain, { smtp_secure: true }));
    const failure = await failureOf(startChannel(plain).send(tenant, makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'tls_failed' });
    expect(failure.message).toContain('smtp_secure');
  });
});

describe('refusals of the server', () => {
  it.each([
    ['rcpt', 550, '5.1.1 no such user', 'permanent', 'mailbox_unknown'],
    ['rcpt', 550, 'no', 'permanent', 'recipient_refused'],
    ['rcpt', 554, '5.7.1 relay access denied', 'unavailable', 'relay_refused'],
    ['rcpt', 552, '5.2.2 mailbox full', 'permanent', 'mailbox_full'],
    ['rcpt', 450, '4.2.0 greylisted', 'temporary', 'recipient_deferred'],
    ['rcpt', 451, 'later', 'temporary', 'recipient_deferred'],
    ['rcpt', 421, 'too busy', 'unavailable', 'smtp_closing'],
    ['rcpt', 503, 'bad sequence', 'temporary', 'recipient_deferred'],
    ['data', 554, '5.7.1 spam', 'permanent', 'message_refused'],
    ['data', 552, '5.3.4 too big', 'permanent', 'message_too_large'],
    ['data', 451, '4.3.0 try again', 'temporary', 'message_deferred'],
    ['data', 421, 'closing', 'unavailable', 'smtp_closing'],
    ['mail', 550, '5.7.1 not yours', 'unavailable', 'sender_refused'],
    ['mail', 552, '5.3.4 too big', 'permanent', 'message_too_large'],
    ['mail', 451, 'later', 'temporary', 'message_deferred'],
    ['mail', 530, '5.7.0 authentication required', 'unavailable', 'smtp_auth_required'],
    ['connect', 421, 'too many connections', 'unavailable', 'smtp_closing'],
    ['connect', 554, 'no service here', 'unavailable', 'smtp_refused'],
  ] as const)('at %s: %i %s → %s, %s', async (stage, code, text, kind, expected) => {
    const catcher = await startCatcher();
    catcher.behave({ stage, code, text });
    const failure = await failureOf(startChannel(catcher).send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind, code: expected });
    expect(failure.detail.response).toContain(text);
    expect(failure.message).toMatch(/^[A-Z].*\.$/);
  });

  it('fails one recipient and goes on with the next over the same connection', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher, { systemConnections: 1 });
    catcher.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: '5.1.1 unknown' });
    const gone = failureOf(
      channel.send(makeTenant(), makeMessage({ recipient: 'gone@example.com' }), never()),
    );
    const other = channel.send(makeTenant(), makeMessage(), never());
    expect((await gone).message).toBe('There is no mailbox gone@example.com.');
    await other;
    expect(catcher.connections).toBe(1);
  });

  it('passes once the server has had enough of refusing', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    catcher.behave({ stage: 'rcpt', code: 451, times: 2 });
    const message = makeMessage();
    expect((await failureOf(channel.send(makeTenant(), message, never()))).kind).toBe('temporary');
    expect((await failureOf(channel.send(makeTenant(), message, never()))).kind).toBe('temporary');
    await channel.send(makeTenant(), message, never());
    expect(catcher.count).toBe(1);
  });

  it('knows that a mail is too large where the server says how much it takes', async () => {
    const catcher = await startCatcher({ maxSizeBytes: 10_000 });
    const email = { subject: 'Long', text: 'x'.repeat(20_000) };
    const failure = await failureOf(
      startChannel(catcher).send(makeTenant(), makeMessage({ email }), never()),
    );
    expect(failure).toMatchObject({ kind: 'permanent', code: 'message_too_large' });
  });
});
