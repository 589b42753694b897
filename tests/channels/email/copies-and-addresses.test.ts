import { afterEach, describe, expect, it } from 'vitest';
import { cleanEmailAddress, isEmailAddress } from '../../../main/contracts/email-address';
import { mailCopySchema, readMailCopies } from '../../../main/contracts/mail-copies';
import { settingSchemas } from '../../../main/contracts/tenant-settings';
import type { Channel } from '../../../main/gateway/channels/channel';
import { chooseEhloName } from '../../../main/gateway/channels/email/ehlo-name';
import { createEmailChannel } from '../../../main/gateway/channels/email/email-channel';
import { type MailCatcher, startMailCatcher } from '../../simulators/mail-catcher';
import { failureOf, makeMessage, makeTenant, never } from '../make-message';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(
  options: { utf8?: boolean; maxSizeBytes?: number } = {},
): Promise<[MailCatcher, Channel]> {
  const catcher = await startMailCatcher(options);
  const channel = createEmailChannel({
    systemAccount: {
      host: catcher.host,
      port: catcher.port,
      username: null,
      password: null,
      fromEmail: 'gateway@system.example',
      fromName: null,
      secure: null,
    },
  });
  closers.push(
    () => channel.stop(),
    () => catcher.stop(),
  );
  return [catcher, channel];
}

describe('addresses in every script', () => {
  it.each([
    'संपर्क@डाटामेल.भारत',
    'สมชาย@ตัวอย่าง.ไทย',
    'தொடர்பு@உதாரணம்.இந்தியா',
    'jose\u0301@cafe\u0301.example',
    '用户@例子.广告',
    'müller@bücher.example',
    'نامه@نمونه.ایران',
    '  client@example.com\t',
    '\u202aclient@example.com\u202c',
  ])('takes %j', (address) => {
    expect(isEmailAddress(address)).toBe(true);
  });

  it.each([
    'संपर्क',
    'a@b@example.com',
    'a b@example.com',
    'a@-b.example',
    'a@b..example',
    'x\r\n@example.com',
    '\u0301@',
  ])('refuses %j', (address) => {
    expect(isEmailAddress(address)).toBe(false);
  });

  it('knows an address by its composed form, without what is invisible', () => {
    expect(cleanEmailAddress(' jose\u0301@example.com ')).toBe('jos\u00e9@example.com');
    expect(cleanEmailAddress('\u2066a@b.example\u2069')).toBe('a@b.example');
    expect(cleanEmailAddress('\ufeffa@b.example')).toBe('a@b.example');
  });

  it.each([
    ['client@bücher.example', 'client@xn--bcher-kva.example'],
    ['client@डाटामेल.भारत', 'client@xn--c2bd4bq1db8d.xn--h2brj9c'],
    ['client@cafe\u0301.example', 'client@xn--caf-dma.example'],
  ])('tells servers the domain of %s in ASCII', async (recipient, wire) => {
    const [catcher, channel] = await start({ utf8: false });
    await channel.send(makeTenant(), makeMessage({ recipient }), never());
    expect((await catcher.waitForMail()).raw.toString('latin1')).toContain(`To: ${wire}\r\n`);
  });

  it.each(['संपर्क@डाटामेल.भारत', 'jörg@example.com', 'สมชาย@ตัวอย่าง.ไทย'])(
    'fails in words where the server cannot take %s',
    async (recipient) => {
      const [catcher, channel] = await start({ utf8: false });
      const failure = await failureOf(channel.send(makeTenant(), makeMessage({ recipient }), never()));
      expect(failure).toMatchObject({ kind: 'permanent', code: 'address_not_supported' });
      expect(failure.message).toContain('SMTPUTF8');
      expect(catcher.recipientCount).toBe(0);
      await channel.send(makeTenant(), makeMessage(), never());
    },
  );
});

describe('display names', () => {
  it.each(['Müller, "Söhne" & Co', 'O\\"Brien; <ceo@example.org>', 'שלום עולם', 'مكتب، الفواتير', '"'])(
    'arrive as they are: %s',
    async (name) => {
      const [catcher, channel] = await start();
      await channel.send(makeTenant({ smtp_from_name: name }), makeMessage(), never());
      const { parsed } = await catcher.waitForMail();
      expect(parsed.from?.value).toEqual([{ name, address: 'gateway@system.example' }]);
    },
  );
});

describe('copies', () => {
  it('go to cc, bcc and the archive; hidden ones are in no header', async () => {
    const [catcher, channel] = await start();
    const copies = {
      cc: ['boss@example.com'],
      bcc: ['hidden@example.com'],
      replyTo: ['answers@example.com'],
    };
    const settings = {
      smtp_bcc: 'archive@example.com, CLIENT@example.com',
      smtp_reply_to: 'office@example.com',
    };
    await channel.send(makeTenant(settings), makeMessage({ copies }), never());
    const mail = await catcher.waitForMail();
    expect(mail.to).toEqual([
      'client@example.com',
      'boss@example.com',
      'hidden@example.com',
      'archive@example.com',
    ]);
    expect(mail.raw.toString()).not.toMatch(/hidden@|archive@|^bcc:/im);
    expect(mail.parsed.replyTo).toMatchObject({ text: 'answers@example.com' });
    await channel.send(makeTenant(settings), makeMessage({ recipient: 'second@example.com' }), never());
    const second = await catcher.waitForMail(({ to }) => to.includes('second@example.com'));
    expect(second.parsed.replyTo).toMatchObject({ text: 'office@example.com' });
  });

  it('do not decide about the recipient, and do not go twice', async () => {
    const [catcher, channel] = await start();
    const message = makeMessage({ copies: { cc: ['boss@example.com'], bcc: [], replyTo: [] } });
    catcher.behave({
      stage: 'rcpt',
      recipient: 'client@example.com',
      code: 451,
      text: '4.2.0 greylisted',
      times: 1,
    });
    const failure = await failureOf(channel.send(makeTenant(), message, never()));
    expect(failure).toMatchObject({ kind: 'temporary', code: 'recipient_deferred' });
    await channel.send(makeTenant(), { ...message, attempt: 2 }, never());
    expect(catcher.mails.map(({ to }) => to)).toEqual([['boss@example.com'], ['client@example.com']]);
    catcher.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: '5.1.1 unknown' });
    const third = makeMessage({ copies: { cc: ['gone@example.com'], bcc: [], replyTo: [] } });
    const receipt = await channel.send(makeTenant(), third, never());
    expect(receipt.response).toContain('The copy to gone@example.com was refused: 550 5.1.1');
  });

  it.each<[unknown, string[]]>([
    ['a@example.com', ['a@example.com']],
    ['a@example.com, b@example.com; c@example.com', ['a@example.com', 'b@example.com', 'c@example.com']],
    [
      ['a@example.com', ' b@example.com '],
      ['a@example.com', 'b@example.com'],
    ],
    [null, []],
    ['', []],
    [[], []],
  ])('are read from %j', (value, expected) => {
    expect(mailCopySchema.safeParse(value).success).toBe(true);
    expect(readMailCopies({ cc: value }).cc).toEqual(expected);
  });

  it.each([
    'nobody',
    ['a@example.com', 'x\r\nBcc: evil@example.com'],
    [7],
    { to: 'a@example.com' },
    Array.from({ length: 21 }, (_, n) => `a${n}@example.com`),
  ])('are refused in %j', (value) => {
    expect(mailCopySchema.safeParse(value).success).toBe(false);
    expect(readMailCopies({ bcc: value }).bcc).toEqual([]);
  });

  it.each([
    ['smtp_bcc', 'a@example.com; b@example.com', 'a@example.com, b@example.com'],
    ['smtp_reply_to', ' संपर्क@डाटामेल.भारत ', 'संपर्क@डाटामेल.भारत'],
    ['smtp_ehlo_name', 'mail.acme.example', 'mail.acme.example'],
  ] as const)('the setting %s takes %j', (name, given, stored) => {
    expect(settingSchemas[name].parse(given)).toBe(stored);
    expect(settingSchemas[name].safeParse('no good').success).toBe(false);
  });
});

it.each([
  [null, 'bills@acme.example', 'acme.example'],
  ['mail.acme.example', 'bills@acme.example', 'mail.acme.example'],
  [undefined, 'bills@bücher.example', 'xn--bcher-kva.example'],
])('introduces itself: %j, %s → %s', (setName, sender, name) => {
  expect(chooseEhloName(setName, sender)).toBe(name);
});
