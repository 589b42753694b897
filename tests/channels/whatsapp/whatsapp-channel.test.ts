import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import whatsAppLibrary from 'whatsapp-web.js';
import {
  createAttachmentLoader,
  type AttachmentLoader,
} from '../../../main/gateway/channels/attachments/attachment-loader';
import type { ChannelTenant, OutgoingMessage } from '../../../main/gateway/channels/channel';
import {
  createWhatsAppChannel,
  type WhatsAppChannel,
  type WhatsAppReceipt,
} from '../../../main/gateway/channels/whatsapp/whatsapp-channel';
import { startWebhookReceiver } from '../../simulators/webhook-receiver';
import type { SimulatedPhone } from '../../simulators/whatsapp-web/simulated-phone';
import { patienceMs } from '../../support/patience';
import { waitUntil } from '../../support/wait-until';
import { createWhatsAppHarness, type WhatsAppHarness } from '../../whatsapp/whatsapp-harness';
import { failureOf, makeMessage, makeTenant, never } from '../make-message';

let harness: WhatsAppHarness;
let phone: SimulatedPhone;
let channel: WhatsAppChannel;
let attachments: AttachmentLoader;
let receipts: WhatsAppReceipt[] = [];
let tenant: ChannelTenant;
let nextDelivery = 1;
/** Stands still in each test, so that no day ends in the middle of one. */
let clock = new Date();
/** by how much tests have put it forward, in ms */
let skippedMs = 0;

function openChannel(ackTimeoutMs = 800): WhatsAppChannel {
  return createWhatsAppChannel({
    sessions: harness.sessions,
    databaseOf: () => harness.database,
    attachments,
    logger: harness.logger,
    onReceipts: (_customerId, news) => receipts.push(...news),
    times: { ackTimeoutMs, reconcileTimeoutMs: patienceMs, historyQuietMs: 500 },
    now: () => clock,
  });
}

beforeAll(async () => {
  harness = await createWhatsAppHarness({ config: { sendTimeoutMs: 6_000, healthIntervalMs: 60_000 } });
  attachments = createAttachmentLoader();
  tenant = makeTenant({
    whatsapp_min_gap_ms: 0,
    whatsapp_max_gap_ms: 0,
    whatsapp_new_contacts_per_day: 0,
    timezone: 'UTC',
  });
  phone = await harness.pair(tenant.customerId, '27821110001');
  channel = openChannel();
});
afterAll(async () => {
  await channel.stop();
  await attachments.stop();
  await harness.stop();
});
beforeEach(async () => {
  clock = new Date(Date.now() + skippedMs);
  receipts = [];
  await phone.behave({});
  await harness.waitForStatus(tenant.customerId, 'ready');
  phone.received.length = 0;
  phone.autoAck = 3;
});

function text(body: string, overrides: Partial<OutgoingMessage> = {}): OutgoingMessage {
  nextDelivery += 1;
  return makeMessage({
    deliveryId: nextDelivery,
    eventId: 1,
    recipient: '082 200 0001',
    whatsapp: { text: body },
    attachments: [],
    ...overrides,
  });
}
const send = (message: OutgoingMessage, by = tenant) => channel.send(by, message, never());
const withSettings = (settings: Partial<ChannelTenant['settings']>): ChannelTenant => ({
  ...tenant,
  settings: { ...tenant.settings, ...settings },
});
const bodies = () => phone.received.map(({ body }) => body);
const countDisconnections = () =>
  harness.kindsOf(tenant.customerId).filter((kind) => kind === 'client_disconnected').length;
async function stateOf(deliveryId: number): Promise<string[]> {
  const rows = await harness.database.query<{ state: string }>({
    name: 'test-submission-states',
    text: 'select state from whatsapp_handovers where delivery_id = $1 order by part',
    values: [deliveryId],
  });
  return rows.map(({ state }) => state);
}

describe('texts', () => {
  it('are sent at ack 1, then delivered and read', async () => {
    const message = text('Your invoice 1 is ready. https://example.com/i/1');
    const receipt = await send(message);
    expect(phone.received).toMatchObject([
      {
        remote: '27822000001@c.us',
        type: 'chat',
        body: message.whatsapp?.text,
        serialized: receipt.messageId,
      },
    ]);
    await waitUntil(() => receipts.length >= 2, { what: 'the receipts' });
    expect(receipts).toMatchObject([
      { deliveryId: message.deliveryId, messageId: receipt.messageId, status: 'delivered' },
      { deliveryId: message.deliveryId, messageId: receipt.messageId, status: 'read' },
    ]);
  });

  it('keep their order and go to every way of writing a number', async () => {
    for (const recipient of ['+27 82 200 0001', '0822000001', '27822000001'])
      await send(text(recipient, { recipient }));
    expect(bodies()).toEqual(['+27 82 200 0001', '0822000001', '27822000001']);
    expect(new Set(phone.received.map(({ remote }) => remote)).size).toBe(1);
  });

  it('to what is no number fail at once, in words', async () => {
    expect(await failureOf(send(text('x', { recipient: 'nobody' })))).toMatchObject({
      kind: 'permanent',
      code: 'phone_invalid',
      message: '“nobody” is not a phone number.',
    });
  });

  it('to a number that is not on WhatsApp fail at once, in words', async () => {
    const other = harness.simulator.createPhone('27821110009', (number) => number !== '27822000404');
    await harness.scan('ACC009', other);
    const failure = await failureOf(
      send(text('x', { recipient: '082 200 0404' }), { ...tenant, customerId: 'ACC009' }),
    );
    expect(failure).toMatchObject({
      kind: 'permanent',
      code: 'not_on_whatsapp',
      message: '082 200 0404 is not on WhatsApp.',
    });
    expect(other.received).toEqual([]);
    await harness.sessions.forget('ACC009');
  });
});

describe('documents', () => {
  const pdf = Buffer.from(`%PDF-1.4\n${'x'.repeat(50_000)}`);
  const file = {
    filename: 'invoice-1.pdf',
    content_type: 'application/pdf',
    content_base64: pdf.toString('base64'),
  };

  it('follow the text of their event, and the delivery is read when all of it is', async () => {
    phone.autoAck = 1;
    const message = text('Your invoice', { attachments: [file] });
    const receipt = await send(message);
    expect(phone.received).toMatchObject([
      { type: 'chat', body: 'Your invoice' },
      {
        type: 'document',
        fields: { filename: 'invoice-1.pdf', mimetype: 'application/pdf', size: pdf.length },
      },
    ]);
    const [note, document] = phone.received;
    expect(receipt.messageId).toBe(document!.serialized);
    expect(harness.simulator.uploads.get(document!.fields.directPath!)?.sha256).toBe(
      createHash('sha256').update(pdf).digest('hex'),
    );
    phone.acknowledge(document!.serialized, 3);
    phone.acknowledge(note!.serialized, 2);
    await waitUntil(() => receipts.length > 0, { what: 'a receipt' });
    expect(receipts.map(({ status }) => status)).toEqual(['delivered']);
    phone.acknowledge(note!.serialized, 3);
    await waitUntil(() => receipts.length > 1, { what: 'the second receipt' });
    expect(receipts.map(({ status }) => status)).toEqual(['delivered', 'read']);
  });

  it('sent by hand carry their text as the caption; pictures go as pictures, files may come from a URL', async () => {
    await send(text('March', { eventId: null, attachments: [file] }));
    const files = await startWebhookReceiver();
    try {
      const picture = { filename: 'photo.png', url: `${files.origin}/photo.png` };
      await send(
        text('Look', { eventId: null, attachments: [picture] }),
        withSettings({ allow_private_urls: true }),
      );
    } finally {
      await files.stop();
    }
    expect(phone.received).toMatchObject([
      { type: 'document', fields: { filename: 'invoice-1.pdf', caption: 'March' } },
      { fields: { filename: 'photo.png', caption: 'Look' } },
    ]);
  });

  it('whose upload fails are tried again, and the text before them is not repeated', async () => {
    await phone.behave({ upload: 'fail' });
    const message = text('Text once', { attachments: [file] });
    expect(await failureOf(send(message))).toMatchObject({ kind: 'temporary', code: 'whatsapp_error' });
    await phone.behave({});
    await send({ ...message, attempt: 2 });
    expect(phone.received.map(({ type }) => type)).toEqual(['chat', 'document']);
  });
});

describe('what nobody answers for', () => {
  it('thrown before it was taken: certainly not sent, may be tried again', async () => {
    await phone.behave({ send: 'throw' });
    const message = text('Thrown');
    expect(await failureOf(send(message))).toMatchObject({ kind: 'temporary', code: 'whatsapp_error' });
    await expect.poll(() => stateOf(message.deliveryId)).toEqual(['absent']);
    await phone.behave({});
    await send({ ...message, attempt: 2 });
    expect(bodies()).toEqual(['Thrown']);
  });

  it('the library finds no message: it is found in the chat, not sent twice', async () => {
    await phone.behave({ send: 'undefined' });
    const receipt = await send(text('Undefined'));
    expect(phone.received.map(({ serialized }) => serialized)).toEqual([receipt.messageId]);
  });

  it('the reply was lost: found in the chat after a restart of the session', async () => {
    await phone.behave({ send: 'lost' });
    const receipt = await send(text('Lost reply'));
    expect(phone.received.map(({ serialized }) => serialized)).toEqual([receipt.messageId]);
  });

  it('the server never answers although it has the message', async () => {
    await phone.behave({ send: 'swallowed' });
    const receipt = await send(text('Swallowed'));
    expect(phone.received.map(({ serialized }) => serialized)).toEqual([receipt.messageId]);
  });

  it('stays at ack 0: the session is restarted, and a person decides', async () => {
    await phone.behave({ send: 'pending' });
    const message = text('Pending');
    harness.changes.length = 0;
    expect(await failureOf(send(message))).toMatchObject({ kind: 'unknown', code: 'outcome_unknown' });
    await expect
      .poll(() => harness.changes.map(({ reason }) => reason))
      .toContain('WhatsApp looks connected, but its server takes no messages.');
    await expect.poll(() => stateOf(message.deliveryId)).toEqual(['unknown']);
    // The person has looked and says: again.
    await harness.waitForStatus(tenant.customerId, 'ready');
    await phone.behave({});
    await send({ ...message, attempt: 2 });
    expect(bodies()).toEqual(['Pending']);
  });

  it('refused by the server: not sent, tried again', async () => {
    await phone.behave({ send: 'refused' });
    expect(await failureOf(send(text('Refused')))).toMatchObject({
      kind: 'temporary',
      code: 'whatsapp_refused',
    });
    expect(phone.received).toEqual([]);
  });

  it('the browser is killed while it is being sent', async () => {
    await phone.behave({ send: 'swallowed', sendMatching: 'Killed' });
    const sending = send(text('Killed'));
    await phone.waitForMessages(1);
    process.kill(await harness.browserPid(tenant.customerId), 'SIGKILL');
    const receipt = await sending;
    expect(phone.received.map(({ serialized }) => serialized)).toEqual([receipt.messageId]);
  });

  it.each<[string, number, () => void | Promise<void>]>([
    ['the page loads anew', 0, () => phone.reloadPage()],
    [
      'the browser is killed',
      1,
      async () => void process.kill(await harness.browserPid(tenant.customerId), 'SIGKILL'),
    ],
  ])('%s before the ack: looked for as soon as WhatsApp is back', async (what, disconnections, lose) => {
    // Longer than this test may take.
    const patient = openChannel(600_000);
    try {
      await phone.behave({ send: 'unconfirmed' });
      harness.changes.length = 0;
      const submitting = vi.spyOn(whatsAppLibrary.Client.prototype, 'sendMessage');
      const sending = patient.send(tenant, text(`Unconfirmed: ${what}`), never());
      await waitUntil(() => submitting.mock.settledResults[0]?.type === 'fulfilled', {
        what: 'the submission',
      });
      submitting.mockRestore();
      await phone.waitForMessages(1);
      await lose();
      const receipt = await sending;
      expect(phone.received.map(({ serialized }) => serialized)).toEqual([receipt.messageId]);
      await expect.poll(countDisconnections).toBe(disconnections);
    } finally {
      await patient.stop();
    }
  });

  it('WhatsApp loads its page anew while it is being sent: looked for when the page is back', async () => {
    await send(text('Before'));
    await phone.behave({ send: 'swallowed', sendMatching: 'Reloaded' });
    harness.changes.length = 0;
    phone.received.length = 0;
    const sending = send(text('Reloaded'));
    await phone.waitForMessages(1);
    // The page is back long before it is ready.
    phone.modes = { sync: 'never' };
    phone.reloadPage();
    await waitUntil(() => channel.availability?.(tenant).state === 'held', { what: 'the reload' });
    expect(channel.availability?.(tenant)).toEqual({
      state: 'held',
      reason: 'WhatsApp is loading its page anew.',
    });
    const early = text('Early');
    expect(await failureOf(send(early))).toMatchObject({ kind: 'deferred', code: 'whatsapp_held' });
    expect(await stateOf(early.deliveryId)).toEqual([]);
    // Longer than a chat that could be searched would be searched for.
    await expect(Promise.race([sending, delay(1_500, 'not yet')])).resolves.toBe('not yet');
    await phone.behave({});
    const receipt = await sending;
    await send(early);
    expect(bodies()).toEqual(['Reloaded', 'Early']);
    expect(phone.received[0]?.serialized).toBe(receipt.messageId);
    expect(harness.changes).toEqual([]);
  });
});

describe('without pacing two leave at a time', () => {
  const [chatA, chatB, chatC] = ['082 200 0301', '082 200 0302', '082 200 0303'];
  beforeEach(async () => {
    for (const recipient of [chatA, chatB, chatC]) await send(text('Known from here on', { recipient }));
    phone.received.length = 0;
  });
  afterEach(() => void Reflect.deleteProperty(phone, 'take'));

  /** Messages reach WhatsApp's server, and wait there for the test. */
  function holdAnswers() {
    const take = phone.take.bind(phone);
    const waiting = new Map<string, () => void>();
    phone.take = (request) =>
      new Promise((resolve) => waiting.set(request.body, () => resolve(take(request))));
    return {
      names: () => [...waiting.keys()],
      async answer(name: string) {
        await waitUntil(() => waiting.has(name), { what: `${name} to reach the server` });
        waiting.get(name)?.();
        waiting.delete(name);
      },
    };
  }
  /** `message` is ready to leave, and has had the time to. */
  async function waitInVain(message: OutgoingMessage): Promise<void> {
    await waitUntil(async () => (await stateOf(message.deliveryId))[0] === 'handed', { what: 'its turn' });
    await delay(200);
  }

  it('to different chats; within a chat the order is kept, however its number is written', async () => {
    const server = holdAnswers();
    const second = text('A, second', { recipient: '+27822000301' });
    const sending = [
      send(text('B', { recipient: chatB })),
      send(text('A, first', { recipient: chatA })),
      send(second),
    ];
    await waitUntil(() => server.names().length === 2, { what: 'two at the server' });
    await server.answer('B');
    await waitInVain(second);
    expect(server.names()).toEqual(['A, first']);
    await server.answer('A, first');
    await server.answer('A, second');
    await Promise.all(sending);
    expect(bodies()).toEqual(['B', 'A, first', 'A, second']);
  });

  it('two numbers that are one chat wait for each other', async () => {
    await harness.database.query({
      name: 'test-second-number',
      text: `insert into whatsapp_contacts (phone, chat_id) values ('27822000399', '27822000301@c.us')`,
    });
    const server = holdAnswers();
    const both = [chatA, '082 200 0399'].map((recipient, index) => text(`Number ${index}`, { recipient }));
    const sending = both.map((message) => send(message));
    await waitUntil(() => server.names().length > 0, { what: 'one at the server' });
    for (const message of both) await waitInVain(message);
    expect(server.names()).toHaveLength(1);
    await server.answer(server.names()[0]!);
    await waitUntil(() => server.names().length === 1, { what: 'the other at the server' });
    await server.answer(server.names()[0]!);
    await Promise.all(sending);
    expect(new Set(phone.received.map(({ remote }) => remote))).toEqual(new Set(['27822000301@c.us']));
  });

  it('paced ones leave one at a time', async () => {
    const paced = withSettings({ whatsapp_min_gap_ms: 1, whatsapp_max_gap_ms: 1 });
    const server = holdAnswers();
    const sending = ['P1', 'P2'].map((body, index) =>
      send(text(body, { recipient: [chatA, chatB][index] }), paced),
    );
    await waitUntil(() => server.names().length > 0, { what: 'the first' });
    await delay(200);
    expect(server.names()).toEqual(['P1']);
    await server.answer('P1');
    await server.answer('P2');
    await Promise.all(sending);
  });

  it('files leave one message at a time, and texts beside them', async () => {
    const attachments = [{ filename: 'a.pdf', content_type: 'application/pdf', content_base64: 'JVBERi0x' }];
    const server = holdAnswers();
    const [first, second] = [chatA, chatC].map((recipient) =>
      text(`Caption for ${recipient}`, { recipient, eventId: null, attachments }),
    );
    const sending = [send(first!), send(text('Beside', { recipient: chatB })), send(second!)];
    await server.answer('Beside');
    await waitUntil(() => server.names().length > 0, { what: 'the first document' });
    await waitInVain(second!);
    expect(server.names()).toHaveLength(1);
    await server.answer(server.names()[0]!);
    await waitUntil(() => server.names().length === 1, { what: 'the second document' });
    await server.answer(server.names()[0]!);
    await Promise.all(sending);
    expect(phone.received.map(({ type }) => type)).toEqual(['chat', 'document', 'document']);
  });

  it('equal texts find out about their own, also when the page loses sight of one', async () => {
    await phone.behave({ send: 'undefined', sendOnly: ['27822000302@c.us'] });
    const [a, b] = await Promise.all(
      [chatA, chatB].map((recipient) => send(text('Your statement is ready', { recipient }))),
    );
    const idOf = (remote: string) => phone.received.find((entry) => entry.remote === remote)?.serialized;
    expect(phone.received).toHaveLength(2);
    expect([a?.messageId, b?.messageId]).toEqual([idOf('27822000301@c.us'), idOf('27822000302@c.us')]);
  });

  it('both are found in their chats after the browser was killed, which is restarted once', async () => {
    await phone.behave({ send: 'swallowed' });
    harness.changes.length = 0;
    const sending = [chatA, chatB].map((recipient) => send(text('Both under way', { recipient })));
    await phone.waitForMessages(2);
    process.kill(await harness.browserPid(tenant.customerId), 'SIGKILL');
    const found = await Promise.all(sending);
    expect(found.map(({ messageId }) => messageId).sort()).toEqual(
      phone.received.map(({ serialized }) => serialized).sort(),
    );
    await expect.poll(countDisconnections).toBe(1);
  });

  it('new contacts are counted one by one', async () => {
    const { newContactsToday } = await channel.pacing(tenant);
    const capped = withSettings({ whatsapp_new_contacts_per_day: newContactsToday + 1 });
    const outcomes = await Promise.allSettled(
      ['082 200 0311', '082 200 0312'].map((recipient) => send(text('New', { recipient }), capped)),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'new_contact_quota' },
    });
    expect(phone.received).toHaveLength(1);
  });

  it('one number written in two ways is one new contact', async () => {
    const { newContactsToday } = await channel.pacing(tenant);
    const capped = withSettings({ whatsapp_new_contacts_per_day: newContactsToday + 1 });
    await Promise.all(
      ['082 200 0313', '+27822000313'].map((recipient) => send(text(recipient, { recipient }), capped)),
    );
    expect(bodies()).toEqual(['082 200 0313', '+27822000313']);
  });
});

describe('interrupted by the end of the gateway', () => {
  /** Leaves behind what a gateway that was killed in the middle of `message` leaves behind. */
  async function interrupt(message: OutgoingMessage): Promise<void> {
    const stop = new AbortController();
    const sending = failureOf(channel.send(tenant, message, stop.signal));
    await waitUntil(async () => (await stateOf(message.deliveryId))[0] === 'handed', {
      what: 'the hand-over',
    });
    await waitUntil(() => phone.received.length > 0 || phone.modes.send === 'hang', { what: 'the message' });
    process.kill(await harness.browserPid(tenant.customerId), 'SIGKILL');
    stop.abort(new Error('the end'));
    expect(await sending).toMatchObject({ kind: 'deferred' });
    await phone.behave({});
    await harness.waitForStatus(tenant.customerId, 'ready');
  }

  it('a message in the chat counts as sent', async () => {
    await send(text('Before'));
    await phone.behave({ send: 'swallowed', sendMatching: 'In the chat' });
    const message = text('In the chat');
    phone.received.length = 0;
    await interrupt(message);
    expect(await channel.findInterrupted?.(tenant, message)).toMatchObject({
      outcome: 'sent',
      receipt: { messageId: phone.received[0]?.serialized },
    });
    // An engine that does not ask, but sends, does not send twice either.
    expect(bodies()).toEqual(['In the chat']);
  });

  it('a message that was never handed over is absent', async () => {
    expect(await channel.findInterrupted?.(tenant, text('Never'))).toEqual({ outcome: 'absent' });
  });

  it('sending it again looks first', async () => {
    await send(text('Before'));
    phone.received.length = 0;
    await phone.behave({ send: 'swallowed', sendMatching: 'Looked for' });
    const message = text('Looked for');
    await interrupt(message);
    const receipt = await send(message);
    expect(phone.received.map(({ serialized }) => serialized)).toEqual([receipt.messageId]);
  });

  it('what the chat cannot tell is uncertain', async () => {
    await phone.behave({ send: 'hang', sendMatching: 'Gone' });
    const message = text('Gone', { recipient: '082 200 0077' });
    await interrupt(message);
    await phone.behave({ history: 'unavailable' });
    expect(await channel.findInterrupted?.(tenant, message)).toMatchObject({ outcome: 'uncertain' });
    await expect.poll(() => stateOf(message.deliveryId)).toEqual(['unknown']);
  });
});

describe('pacing', () => {
  it('leaves a gap after each message', async () => {
    const paced = withSettings({ whatsapp_min_gap_ms: 60_000, whatsapp_max_gap_ms: 60_000 });
    await send(text('Before the gap'));
    const availability = channel.availability?.(paced);
    expect(availability?.state).toBe('paced');
    const { nextSendAt } = await channel.pacing(paced);
    expect(nextSendAt!.getTime()).toBe(clock.getTime() + 60_000);
    expect(await failureOf(send(text('Too soon'), paced))).toMatchObject({ kind: 'deferred', code: 'paced' });
    // Settings hold at once, for the gap that is running too.
    expect(channel.availability?.(tenant)).toEqual({ state: 'open' });
  });

  it('messages that come at once leave in their order, with the gap between them', async () => {
    const paced = withSettings({ whatsapp_min_gap_ms: 400, whatsapp_max_gap_ms: 400 });
    const times: number[] = [];
    // The first is to a new contact and takes longer to make ready.
    const recipients = ['082 200 0200', '082 200 0001', '082 200 0200'];
    await Promise.all(
      recipients.map(async (recipient, index) => {
        await send(text(`At once ${index}`, { recipient }), paced);
        times.push(Date.now());
      }),
    );
    expect(bodies()).toEqual(['At once 0', 'At once 1', 'At once 2']);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(390);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(390);
  });

  it('keeps quiet hours', async () => {
    clock = new Date('2036-03-01T22:00:00Z');
    const quiet = withSettings({ whatsapp_quiet_hours: '20:00-07:00' });
    expect(channel.availability?.(quiet)).toEqual({
      state: 'paced',
      untilMs: Date.parse('2036-03-02T07:00:00Z'),
    });
    expect(await failureOf(send(text('Quiet'), quiet))).toMatchObject({
      kind: 'deferred',
      code: 'quiet_hours',
      detail: { retryAfterMs: 9 * 3_600_000 },
    });
  });

  it('caps new contacts a day, and lets known ones through', async () => {
    const { newContactsToday } = await channel.pacing(tenant);
    const capped = withSettings({ whatsapp_new_contacts_per_day: newContactsToday + 1 });
    await send(text('First', { recipient: '082 200 0100' }), capped);
    const failure = await failureOf(send(text('Second', { recipient: '082 200 0101' }), capped));
    expect(failure).toMatchObject({ kind: 'deferred', code: 'new_contact_quota' });
    expect(failure.detail.retryAfterMs).toBeGreaterThan(0);
    expect(failure.detail.retryAfterMs).toBeLessThanOrEqual(86_400_000);
    await send(text('Known', { recipient: '082 200 0100' }), capped);
    // Who writes to us is no new contact.
    phone.write('27822000101', 'Hello?');
    await waitUntil(() => send(text('Answer', { recipient: '082 200 0101' }), capped), {
      what: 'the answer',
    });
    expect(bodies()).toEqual(['First', 'Known', 'Answer']);
  });

  it.each([463, 475])('holds new contacts after error %i until the time it names', async (code) => {
    const until = new Date(clock.getTime() + 60_000);
    await phone.behave({
      send: 'refused',
      sendError: `server error ${code} until ${until.toISOString()}`,
      sendMatching: 'New contact',
    });
    const message = text(`New contact ${code}`, { recipient: `082 200 0${code}` });
    expect(await failureOf(send(message))).toMatchObject({ kind: 'deferred', code: 'new_contacts_locked' });
    await phone.behave({});
    await send(text('Existing chat'));
    expect(await failureOf(send({ ...message }))).toMatchObject({ code: 'new_contacts_locked' });
    skippedMs += 61_000;
    clock = new Date(until.getTime() + 1);
    await send({ ...message });
    expect(bodies()).toEqual(['Existing chat', `New contact ${code}`]);
    expect((await harness.sessions.status(tenant.customerId)).status).toBe('ready');
  });
});

describe('a session that is not ready', () => {
  it('holds its messages, with the reason', async () => {
    const stranger = { ...tenant, customerId: 'ACC404' };
    expect(channel.availability?.(stranger)).toMatchObject({ state: 'held' });
    expect(await failureOf(send(text('x'), stranger))).toMatchObject({
      kind: 'deferred',
      code: 'whatsapp_held',
    });
    await harness.sessions.status('ACC404');
    expect(channel.availability?.(stranger)).toEqual({
      state: 'held',
      reason: 'WhatsApp is not linked: a code has to be scanned.',
    });
  });
});
