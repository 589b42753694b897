import { beforeEach, describe, expect, test } from 'vitest';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { buildMessage } from '../../main/gateway/deliveries/build-message';
import type { DeliveryTenant, MessageTemplates } from '../../main/gateway/deliveries/delivery-tenant';
import { stableMessageId } from '../../main/gateway/deliveries/message-identity';
import { createRenderThrottle } from '../../main/gateway/deliveries/render-throttle';
import { createMessageRenderer } from '../../main/gateway/messages/message-renderer';
import type { ClaimedDelivery } from '../../main/gateway/storage/delivery-rows';
import { makeClaimedDelivery } from './claimed-delivery';

const parts = { render: createRenderThrottle(createMessageRenderer()) };
const pdf = Buffer.from('%PDF-').toString('base64');

let templates: MessageTemplates | undefined;
let awaitedContents: Map<number, string>;
let stored: { eventData: Record<string, unknown>; content: Buffer | undefined; loads: string[] };

beforeEach(() => {
  awaitedContents = new Map();
  stored = { eventData: { client_name: 'Stored' }, content: undefined, loads: [] };
  templates = {
    eventType: { type: 'invoice:sent', title: 'Invoice', fallback: 'none' },
    email: { subject: 'For {{ client_name }}', text: 'Dear {{ client_name }}' },
    whatsapp: { text: 'Hello {{ client_name }}' },
  };
});

function build(fields: Partial<ClaimedDelivery>) {
  const tenant = {
    customerId: 'ACC003',
    name: 'Acme',
    settings: defaultTenantSettings,
    awaitedContents,
    templatesFor: (eventType: string, audience: string) =>
      eventType === 'invoice:sent' && audience === 'client' ? templates : undefined,
    deliveries: {
      loadEventData: (eventId: number) => {
        stored.loads.push(`data ${eventId}`);
        return Promise.resolve(stored.eventData);
      },
      loadDirectContent: (id: number) => {
        stored.loads.push(`content ${id}`);
        return Promise.resolve(stored.content);
      },
    },
  };
  return buildMessage(parts, tenant as unknown as DeliveryTenant, makeClaimedDelivery(fields));
}

describe('of an event', () => {
  test('an email is rendered by the audience’s template', async () => {
    const message = await build({ event_data: { client_name: 'Thandi' }, retry_count: 2 });
    expect(message).toMatchObject({
      deliveryId: 1,
      eventId: 7,
      eventType: 'invoice:sent',
      recipient: 'client@example.com',
      attempt: 3,
      email: { subject: 'For Thandi', text: 'Dear Thandi' },
      attachments: [],
    });
    expect(message.whatsapp).toBeUndefined();
  });

  test('a WhatsApp message is rendered by its own', async () => {
    const message = await build({ channel: 'whatsapp', event_data: { client_name: 'Thandi' } });
    expect(message.whatsapp).toEqual({ text: 'Hello Thandi' });
    expect(message.email).toBeUndefined();
  });

  test('data that was too large for the claim is read when its turn comes', async () => {
    const message = await build({ event_data: null });
    expect(message.email?.text).toBe('Dear Stored');
    expect(stored.loads).toEqual(['data 7']);
  });

  test('attachments come from its data; what is none is left out', async () => {
    const attachment = { filename: 'invoice.pdf', content_base64: pdf };
    const message = await build({ event_data: { attachments: [attachment, { filename: 7 }, 'x'] } });
    expect(message.attachments).toEqual([attachment]);
  });

  test('a webhook carries the data and nothing rendered, attachments included in it', async () => {
    const event_data = { client_name: 'Thandi', attachments: [{ filename: 'a.pdf', content_base64: pdf }] };
    const message = await build({ channel: 'webhook', event_data });
    expect(message).toMatchObject({ eventData: event_data, attachments: [] });
    expect(message.email ?? message.whatsapp).toBeUndefined();
  });

  test.each([
    ['the event type has none', { event_type: 'invoice:paid' }],
    ['the audience has none', { audience: 'staff' }],
    ['the delivery has no audience', { audience: null }],
  ])('without a template is an error that names it: %s', async (_why, fields) => {
    await expect(build(fields)).rejects.toMatchObject({ code: 'template_missing' });
  });

  test('without a template for its channel is one, too', async () => {
    templates = { ...templates!, whatsapp: undefined };
    await expect(build({ channel: 'whatsapp' })).rejects.toThrow(
      'There is no whatsapp template for invoice:sent (client).',
    );
  });
});

describe('that no event made', () => {
  const direct = { event_id: null, event_type: null, event_data: null };

  test('is sent as it was written', async () => {
    const direct_message = { subject: 'Hi', text: 'Text', html: '<p>Text</p>' };
    expect(await build({ ...direct, direct_message })).toMatchObject({
      eventType: 'message',
      email: { subject: 'Hi', text: 'Text', html: '<p>Text</p>' },
      attachments: [],
    });
    expect(await build({ ...direct, channel: 'whatsapp', direct_message })).toMatchObject({
      whatsapp: { text: 'Text' },
    });
    expect(stored.loads).toEqual([]);
  });

  test('has a subject in any case', async () => {
    const message = await build({ ...direct, direct_message: { text: 'Text' } });
    expect(message.email?.subject).toBe('message');
  });

  const document = { text: 'Your invoice', attachments: [{ filename: 'invoice.pdf' }] };

  test('brings its file from memory while its sender waits', async () => {
    awaitedContents.set(1, pdf);
    const message = await build({ ...direct, direct_message: document, direct_content_bytes: 5 });
    expect(message.attachments).toEqual([{ filename: 'invoice.pdf', content_base64: pdf }]);
    expect(stored.loads).toEqual([]);
  });

  test('brings its file from the database otherwise', async () => {
    stored.content = Buffer.from('%PDF-');
    const message = await build({ ...direct, direct_message: document, direct_content_bytes: 5 });
    expect(message.attachments).toEqual([{ filename: 'invoice.pdf', content_base64: pdf }]);
    expect(stored.loads).toEqual(['content 1']);
  });

  test('carries its own data to a webhook', async () => {
    const message = await build({ ...direct, channel: 'webhook', direct_message: { type: 'test' } });
    expect(message.eventData).toEqual({ type: 'test' });
  });
});

describe('the id by which receivers drop a repeat', () => {
  const created_at = new Date('2026-03-01T08:00:00Z');
  const time = created_at.getTime().toString(36);

  test.each([
    ['email', `<${time}-1-acc003@localhost>`],
    ['webhook', `msg_${time}-1-acc003`],
    ['whatsapp', `msg_${time}-1-acc003`],
  ] as const)('of %s', (channel, expected) => {
    expect(stableMessageId(makeClaimedDelivery({ channel, created_at }), 'ACC003')).toBe(expected);
  });

  test('is kept once it was given', () => {
    expect(stableMessageId(makeClaimedDelivery({ message_id: '<kept@x>' }), 'ACC003')).toBe('<kept@x>');
  });

  test('is the same for every attempt, and another for every delivery', () => {
    const idOf = (fields: Partial<ClaimedDelivery>, customerId = 'A') =>
      stableMessageId(makeClaimedDelivery({ created_at, ...fields }), customerId);
    expect(idOf({ retry_count: 5 })).toBe(idOf({}));
    const others = [
      idOf({ id: 2 }),
      idOf({}, 'B'),
      idOf({ created_at: new Date(1) }),
      idOf({ channel: 'webhook' }),
    ];
    expect(new Set([idOf({}), ...others]).size).toBe(5);
  });

  test('has nothing that a header or a signature trips over', () => {
    expect(stableMessageId(makeClaimedDelivery({ channel: 'webhook', created_at }), 'A.b_c-1')).toMatch(
      /^msg_[a-z0-9-]+$/,
    );
  });
});
