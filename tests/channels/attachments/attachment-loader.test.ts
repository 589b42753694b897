import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attachment } from '../../../main/contracts/event-types';
import { cleanFileName } from '../../../main/gateway/channels/attachments/attachment-names';
import type { Channel, ChannelTenant } from '../../../main/gateway/channels/channel';
import { createEmailChannel } from '../../../main/gateway/channels/email/email-channel';
import { type MailCatcher, startMailCatcher } from '../../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook-receiver';
import { failureOf, makeMessage, makeTenant, never } from '../make-message';

const megabyte = 1024 * 1024;
const pdf = Buffer.from('%PDF-1.4\n…');
let catcher: MailCatcher;
let files: WebhookReceiver;
let channel: Channel;
let tenant: ChannelTenant;

const openChannel = (downloadTimeoutMs: number) =>
  createEmailChannel({
    systemAccount: {
      host: catcher.host,
      port: catcher.port,
      username: null,
      password: null,
      fromEmail: 'gateway@system.example',
      fromName: null,
      secure: null,
    },
    attachments: { timeoutMs: downloadTimeoutMs },
  });

/** For downloads that end by themselves, however busy the machine is. */
async function waitLongForDownloads(): Promise<void> {
  await channel.stop();
  channel = openChannel(30_000);
}

beforeEach(async () => {
  catcher = await startMailCatcher();
  files = await startWebhookReceiver();
  channel = openChannel(1_000);
  tenant = makeTenant({ allow_private_urls: true });
});

afterEach(async () => {
  await channel.stop();
  await files.stop();
  await catcher.stop();
});

const send = (...attachments: Attachment[]) => channel.send(tenant, makeMessage({ attachments }), never());
const byUrl = (path = '/file.pdf', filename = 'file.pdf'): Attachment => ({
  filename,
  url: `${files.origin}${path}`,
});

async function sendAndRead(...attachments: Attachment[]) {
  await send(...attachments);
  const mail = await catcher.waitForMail();
  return mail.parsed.attachments.map(({ filename, contentType, content }) => ({
    filename,
    contentType,
    content,
  }));
}

describe('attachments in the event', () => {
  it('arrive byte for byte beside text and HTML', async () => {
    const everyByte = Buffer.from(Array.from({ length: 1_024 }, (_none, index) => index % 256));
    const received = await sendAndRead(
      {
        filename: 'bytes.bin',
        content_type: 'application/octet-stream',
        content_base64: everyByte.toString('base64'),
      },
      { filename: 'Faktuur é.pdf', content_base64: pdf.toString('base64') },
    );
    expect(received).toEqual([
      { filename: 'bytes.bin', contentType: 'application/octet-stream', content: everyByte },
      { filename: 'Faktuur é.pdf', contentType: 'application/pdf', content: pdf },
    ]);
    expect(catcher.mails[0]!.parsed.html).toBe('<p>Dear client</p>');
  });

  it.each([
    ['with line breaks', pdf.toString('base64').replace(/(.{4})/g, '$1\r\n')],
    ['without padding', pdf.toString('base64').replace(/=+$/, '')],
    ['as a data URL', `data:application/pdf;base64,${pdf.toString('base64')}`],
    ['in the alphabet for URLs', pdf.toString('base64url')],
  ])('are read %s', async (_how, content) => {
    const received = await sendAndRead({ filename: 'a.pdf', content_base64: content });
    expect(received[0]!.content).toEqual(pdf);
  });

  it.each(['%%%% no base64 %%%%', 'AAAA!AAA', '<html>'])(
    'are refused when they are not base64: %s',
    async (content) => {
      const failure = await failureOf(send({ filename: 'a.pdf', content_base64: content }));
      expect(failure).toMatchObject({ kind: 'permanent', code: 'attachment_invalid' });
      expect(catcher.connections).toBe(0);
    },
  );

  it('may come to 20 MB together, and not to a byte more', async () => {
    const half = Buffer.alloc(10 * megabyte, 'x').toString('base64');
    const [first, second] = [
      { filename: 'a.txt', content_base64: half },
      { filename: 'b.txt', content_base64: half },
    ];
    const received = await sendAndRead(first, second);
    expect(received.map(({ content }) => content.length)).toEqual([10 * megabyte, 10 * megabyte]);

    const failure = await failureOf(send(first, second, { filename: 'c.txt', content_base64: 'eA==' }));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'attachment_too_large' });
    expect(failure.message).toBe('The attachments are too large: with c.txt they come to more than 20 MB.');
  });

  it('have no say in the structure of the mail', async () => {
    const received = await sendAndRead({
      filename: '../../etc/in\r\nBcc: evil@example.com\u202Evoice.pdf',
      content_type: 'multipart/mixed; boundary="x"\r\nBcc: evil@example.com',
      content_base64: pdf.toString('base64'),
    });
    expect(received).toEqual([
      { filename: 'inBcc_ evil@example.comvoice.pdf', contentType: 'application/pdf', content: pdf },
    ]);
    expect(catcher.mails[0]!.parsed.bcc).toBeUndefined();
    expect(catcher.mails[0]!.to).toEqual(['client@example.com']);
  });
});

describe('programs', () => {
  it.each([
    'a.exe',
    'A.EXE',
    'a.bat',
    'a.cmd',
    'a.scr',
    'a.js',
    'a.vbs',
    'a.msi',
    'a.pdf.exe',
    'a.exe.',
    'a.exe . ',
    'a.ex\u200be',
  ])('are refused: %j', async (filename) => {
    const failure = await failureOf(send({ filename, content_base64: 'AAAA' }));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'attachment_type_refused' });
  });

  it('are refused before anything is fetched', async () => {
    const failure = await failureOf(send(byUrl('/x', 'setup.exe')));
    expect(failure.code).toBe('attachment_type_refused');
    expect(files.count).toBe(0);
  });

  it.each(['exe', 'js', 'report.json', 'exe.pdf', 'a.docx', 'a.zip'])(
    'are not everything: %s',
    async (filename) => {
      const name = filename.includes('.') ? filename : `${filename}.txt`;
      await expect(send({ filename: name, content_base64: 'AAAA' })).resolves.toBeDefined();
    },
  );
});

describe('names of files', () => {
  it.each([
    ['C:\\Users\\me\\invoice.pdf', 'invoice.pdf'],
    ['/etc/passwd', 'passwd'],
    ['..', 'attachment'],
    ['a/', 'attachment'],
    ['a"b<c>.pdf', 'a_b_c_.pdf'],
    [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(196)}.pdf`],
  ])('%s becomes %s', (name, clean) => {
    expect(cleanFileName(name)).toBe(clean);
  });
});

describe('attachments by URL', () => {
  it('are fetched, and carry the type that the server tells', async () => {
    files.behave({ headers: { 'content-type': 'application/pdf; charset=binary' }, body: pdf });
    expect(await sendAndRead(byUrl('/file?id=1', 'invoice'))).toEqual([
      { filename: 'invoice', contentType: 'application/pdf', content: pdf },
    ]);
    const request = await files.waitForRequest();
    expect(request).toMatchObject({ method: 'GET', path: '/file?id=1' });
    expect(request.headers['accept-encoding']).toBe('identity');
  });

  it('stop being read at the limit of the message', async () => {
    await waitLongForDownloads();
    files.behave({ endless: true });
    const failure = await failureOf(send(byUrl()));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'attachment_too_large' });
    await files.waitForNoConnections();
    expect(catcher.connections).toBe(0);
  });

  it('share the limit with what is in the event', async () => {
    await waitLongForDownloads();
    files.behave({ body: Buffer.alloc(11 * megabyte) });
    const inEvent = { filename: 'a.bin', content_base64: Buffer.alloc(10 * megabyte).toString('base64') };
    const failure = await failureOf(send(inEvent, byUrl('/b', 'b.bin')));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'attachment_too_large' });
  });

  it.each([
    ['that hangs', { hang: true }],
    ['that breaks off', { neverEnd: true, headers: { 'content-length': '1000' } }],
    ['that closes', { closeSocket: true }],
    ['with a fault', { status: 500 }],
    ['without the file', { status: 404 }],
    ['with only a part', { status: 206 }],
    ['that sends it compressed', { headers: { 'content-encoding': 'gzip' } }],
    ['that redirects', { redirectTo: 'http://169.254.169.254/latest/meta-data/' }],
  ])('fail for now with a server %s, without blaming the mail server', async (_which, behaviour) => {
    files.behave(behaviour);
    const failure = await failureOf(send(byUrl()));
    expect(failure).toMatchObject({ kind: 'temporary', code: 'attachment_unavailable' });
    expect(failure.message).toMatch(/^The attachment file\.pdf could not be fetched: its server .+\.$/);
    expect(files.count).toBe(1);
    expect(catcher.connections).toBe(0);
  });

  it('fail for good when the file is gone', async () => {
    files.behave({ status: 410 });
    expect(await failureOf(send(byUrl()))).toMatchObject({ kind: 'permanent', code: 'attachment_gone' });
  });

  it('are refused from private addresses unless the tenant may', async () => {
    tenant = makeTenant({ allow_private_urls: false });
    const failure = await failureOf(send(byUrl()));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'private_address_refused' });
    expect(failure.message).toContain('allow_private_urls');
    expect(files.connections).toBe(0);
  });

  it.each([
    ['file:///etc/passwd', 'url_scheme_refused'],
    ['http://user:secret@127.0.0.1/', 'url_credentials_refused'],
    ['/etc/passwd', 'url_invalid'],
  ])('are refused at %s', async (url, code) => {
    const failure = await failureOf(send({ filename: 'a.pdf', url }));
    expect(failure).toMatchObject({ kind: 'permanent', code });
  });

  it('end with the signal', async () => {
    files.behave({ hang: true });
    const abort = new AbortController();
    const sending = failureOf(channel.send(tenant, makeMessage({ attachments: [byUrl()] }), abort.signal));
    await files.waitForRequest();
    abort.abort();
    expect(await sending).toMatchObject({ kind: 'temporary', code: 'aborted' });
  });
});
