import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostfix, startPostfix, type PostfixServer } from '../../simulators/postfix-server';
import { startWebhookReceiver, type WebhookReceiver } from '../../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../../support/start-gateway';
import { waitUntil } from '../../support/wait-until';

interface Delivery {
  id: number;
  channel: string;
  status: string;
  retry_count: number;
  message_id: string | null;
  error: string | null;
  error_code: string | null;
}

let postfix: PostfixServer;
let hook: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;

describe.skipIf(!hasPostfix)('a real Postfix', () => {
  beforeAll(async () => {
    [postfix, hook] = await Promise.all([startPostfix(), startWebhookReceiver()]);
    gateway = await startGateway({
      env: {
        SYSTEM_SMTP_HOST: postfix.host,
        SYSTEM_SMTP_PORT: String(postfix.port),
        SYSTEM_SMTP_FROM_EMAIL: postfix.address('office'),
      },
    });
    tenant = await gateway.addTenant({ settings: { max_retries: 3, first_retry_seconds: 60 } });
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all([postfix.stop(), hook.stop()]);
  });

  async function send(recipient: string, data: object = {}): Promise<number> {
    const { status, body } = await tenant.post<{ event_id: number }>(
      '/api/events',
      invoiceEvent({ client_email: recipient, ...data }),
    );
    expect(status).toBe(202);
    return body.event_id;
  }

  const readDelivery = async (eventId: number): Promise<Delivery> => {
    const { body } = await tenant.get<{ deliveries: Delivery[] }>(`/api/events/${eventId}`);
    return body.deliveries.find(({ channel }) => channel === 'email')!;
  };

  const tried = (eventId: number, fits: (delivery: Delivery) => boolean) =>
    waitUntil(
      async () => {
        const delivery = await readDelivery(eventId);
        return fits(delivery) && delivery;
      },
      { what: `the email of event ${eventId} to be tried` },
    );

  it('takes a mail over STARTTLS, with names in every script, copies and a Message-ID of the sender’s domain', async () => {
    await tenant.set({
      smtp_from_name: 'Müller, "Söhne" & שלום',
      smtp_reply_to: 'answers@here.example',
    });
    const eventId = await send(postfix.address('client'), { cc: [], bcc: postfix.address('office') });
    const delivery = await tried(eventId, ({ status }) => status === 'sent');
    expect(delivery.message_id).toMatch(/@here\.example>$/);
    for (const mailbox of ['client', 'office'] as const) {
      const source = await waitUntil(
        async () => (await postfix.mails(mailbox)).find((mail) => mail.includes(delivery.message_id ?? '-')),
        { what: `the mail to be in ${mailbox}` },
      );
      const mail = await simpleParser(source);
      expect(mail.from?.value).toEqual([
        { name: 'Müller, "Söhne" & שלום', address: postfix.address('office') },
      ]);
      expect(mail.replyTo?.text).toBe('answers@here.example');
      expect(mail.headers.has('bcc')).toBe(false);
      expect(source).toMatch(/^Received: from here\.example \(/m);
    }
  });

  it.each([
    ['an unknown user', 'nobody-here', 'failed', 'mailbox_unknown', /no mailbox/],
    ['a full mailbox', 'full', 'failed', 'mailbox_full', /is full/],
    ['greylisting', 'grey', 'pending', 'recipient_deferred', /greylisting/],
    ['a plain 451', 'later', 'pending', 'recipient_deferred', /come back later/],
  ] as const)('says what it means: %s', async (_what, mailbox, status, code, words) => {
    const eventId = await send(postfix.address(mailbox));
    const delivery = await tried(eventId, ({ error_code: errorCode }) => errorCode !== null);
    expect(delivery).toMatchObject({ status, error_code: code });
    expect(delivery.error).toMatch(words);
  });

  it('refuses a message that is too large before it is uploaded', async () => {
    const eventId = await send(postfix.address('client'), {
      attachments: [{ filename: 'big.bin', content_base64: Buffer.alloc(3_000_000).toString('base64') }],
    });
    const delivery = await tried(eventId, ({ error_code: errorCode }) => errorCode !== null);
    expect(delivery).toMatchObject({ status: 'failed', error_code: 'message_too_large' });
    expect(await postfix.log()).not.toContain('message size');
  });

  it('holds the lane where it does not relay, until others pass; then that one fails alone', async () => {
    const refused = await send('client@elsewhere.example');
    const waiting = await tried(refused, ({ error_code: errorCode }) => errorCode !== null);
    expect(waiting).toMatchObject({ status: 'pending', error_code: 'relay_refused', retry_count: 0 });
    expect(waiting.error).toContain('does not pass mail on for this account');
    const passing = await send(postfix.address('client'));
    await tried(passing, ({ status }) => status === 'sent');
    const judged = await tried(refused, ({ status }) => status === 'failed');
    expect(judged.error_code).toBe('recipient_relay_refused');
    expect(judged.error).toContain('client@elsewhere.example');
  });

  it('takes mail from a login, and refuses a wrong one in words', async () => {
    await tenant.set({
      use_customer_smtp: true,
      smtp_host: postfix.host,
      smtp_port: postfix.submissionPort,
      smtp_username: postfix.login.username,
      smtp_password: 'wrong',
    });
    const eventId = await send(postfix.address('client'));
    const refused = await tried(eventId, ({ error_code: errorCode }) => errorCode !== null);
    expect(refused).toMatchObject({ status: 'pending', error_code: 'smtp_auth_refused', retry_count: 0 });
    await tenant.set({ smtp_password: postfix.login.password });
    await tried(eventId, ({ status }) => status === 'sent');
  });

  it('fails a delivery whose mail comes back, and tells of it live and by webhook', async () => {
    const socket = await tenant.watch();
    await tenant.set({
      webhook_enabled: true,
      webhook_url: `${hook.origin}/hook`,
      bounce_imap_host: postfix.host,
      bounce_imap_port: postfix.imapPort,
      bounce_imap_username: postfix.login.username,
      bounce_imap_password: postfix.login.password,
    });
    const eventId = await send(postfix.address('forwarded'));
    const bounced = await tried(eventId, ({ error_code: errorCode }) => errorCode === 'bounced');
    expect(bounced.status).toBe('failed');
    expect(bounced.error).toMatch(/^The mail came back\. There is no mailbox forwarded@here\.example\./);
    const told = await socket.waitFor('message:failed', (payload) => payload['event_id'] === eventId);
    expect(told).toMatchObject({ will_retry: false, channel: 'email' });
    const failed = await socket.waitFor('event:failed', (payload) => payload['event_id'] === eventId);
    expect(failed).toMatchObject({ failed: 1 });
    const posted = await waitUntil(
      () =>
        hook.requests
          .map((request) => JSON.parse(request.body.toString()) as { type: string; data: object })
          .find(({ type }) => type === 'message:failed'),
      { what: 'the webhook that tells of the bounce' },
    );
    expect(posted.data).toMatchObject({ failed_event_id: eventId, error_code: 'bounced' });
    // What arrived stays as it is.
    const arrived = await send(postfix.address('client'));
    expect((await tried(arrived, ({ status }) => status !== 'pending')).error_code).toBeNull();
  });
});
