import { describe, expect, test } from 'vitest';
import type { EventType } from '../../main/contracts/event-types';
import {
  addressIn,
  planDeliveries,
  usesEmailFallback,
  webhookRecipient,
} from '../../main/gateway/deliveries/plan-deliveries';

const email = { subject: 'Invoice', text: 'Dear client' };
const whatsapp = { text: 'Dear client' };

const client = {
  name: 'client',
  email_field: 'client_email',
  phone_field: 'client_phone',
  templates: { email, whatsapp },
};
const staff = { name: 'staff', email_field: 'staff_email', templates: { email } };

function eventType(fields: Partial<EventType> = {}): EventType {
  return {
    type: 'invoice:sent',
    title: 'Invoice sent',
    description: '',
    required: {},
    optional: {},
    audiences: [client, staff],
    fallback: 'none',
    sample: {},
    ...fields,
  };
}

const settings = {
  email_enabled: true,
  whatsapp_enabled: true,
  webhook_enabled: true,
  webhook_url: 'https://shop.example.com/hook',
  whatsapp_email_fallback: false,
};
const data = {
  client_email: 'client@example.com',
  client_phone: '0821234567',
  staff_email: 'staff@example.com',
};

const toClientByEmail = {
  channel: 'email',
  recipient: 'client@example.com',
  audience: 'client',
  field: 'client_email',
};
const toClientByWhatsApp = {
  channel: 'whatsapp',
  recipient: '0821234567',
  audience: 'client',
  field: 'client_phone',
};
const toStaff = { channel: 'email', recipient: 'staff@example.com', audience: 'staff', field: 'staff_email' };
const toWebhook = { channel: 'webhook', recipient: settings.webhook_url, audience: 'endpoint', field: null };

describe('the plan of an event', () => {
  test('tells every audience by every channel, and the webhook last', () => {
    expect(planDeliveries(eventType(), data, settings)).toEqual([
      toClientByEmail,
      toClientByWhatsApp,
      toStaff,
      toWebhook,
    ]);
  });

  test.each([
    ['email', { email_enabled: false }, [toClientByWhatsApp, toWebhook]],
    ['WhatsApp', { whatsapp_enabled: false }, [toClientByEmail, toStaff, toWebhook]],
    ['webhook', { webhook_enabled: false }, [toClientByEmail, toClientByWhatsApp, toStaff]],
    ['webhook', { webhook_url: null }, [toClientByEmail, toClientByWhatsApp, toStaff]],
  ])('leaves %s out where it is off: %o', (_channel, off, expected) => {
    expect(planDeliveries(eventType(), data, { ...settings, ...off })).toEqual(expected);
  });

  test('is empty where everything is off', () => {
    const off = { ...settings, email_enabled: false, whatsapp_enabled: false, webhook_enabled: false };
    expect(planDeliveries(eventType(), data, off)).toEqual([]);
  });

  test.each([
    ['email', { ...client, templates: { whatsapp } }, [toClientByWhatsApp]],
    ['whatsapp', { ...client, templates: { email } }, [toClientByEmail]],
  ])('sends nothing by %s without a template for it', (_channel, audience, expected) => {
    const plan = planDeliveries(eventType({ audiences: [audience] }), data, {
      ...settings,
      webhook_enabled: false,
    });
    expect(plan).toEqual(expected);
  });

  test('sends nothing to an audience whose address is not in the data', () => {
    const { client_phone: _phone, ...withoutPhone } = data;
    expect(planDeliveries(eventType(), withoutPhone, settings)).toEqual([
      toClientByEmail,
      toStaff,
      toWebhook,
    ]);
  });

  test('names two audiences with one address twice: each has its own words', () => {
    const plan = planDeliveries(eventType(), { ...data, staff_email: data.client_email }, settings);
    expect(
      plan.filter(({ recipient }) => recipient === data.client_email).map((one) => one.audience),
    ).toEqual(['client', 'staff']);
  });
});

describe('the fallback to email', () => {
  test.each([
    ['of the event type', eventType({ fallback: 'email' }), settings],
    ['of the tenant', eventType(), { ...settings, whatsapp_email_fallback: true }],
  ])('%s keeps the email back while WhatsApp can try', (_whose, type, with_) => {
    expect(planDeliveries(type, data, with_)).toEqual([
      { ...toClientByWhatsApp, insteadByEmail: toClientByEmail },
      toStaff,
      toWebhook,
    ]);
  });

  test.each([
    ['there is no phone number', { ...data, client_phone: '' }, {}],
    ['WhatsApp is off', data, { whatsapp_enabled: false }],
  ])('sends the email at once where %s', (_why, given, off) => {
    const plan = planDeliveries(eventType({ fallback: 'email' }), given, { ...settings, ...off });
    expect(plan).toEqual([toClientByEmail, toStaff, toWebhook]);
  });

  test.each([
    { fallback: 'none', whatsapp_email_fallback: false, expected: false },
    { fallback: 'email', whatsapp_email_fallback: false, expected: true },
    { fallback: 'none', whatsapp_email_fallback: true, expected: true },
    { fallback: 'email', whatsapp_email_fallback: true, expected: true },
  ] as const)('type $fallback, tenant $whatsapp_email_fallback: $expected', ({ expected, ...given }) => {
    expect(usesEmailFallback(given, given)).toBe(expected);
  });
});

describe('an address in the data', () => {
  test.each([
    ['a text', { to: 'a@example.com' }, 'a@example.com'],
    ['a text with blanks around', { to: '  a@example.com\n' }, 'a@example.com'],
    ['a number, as PHP sends phone numbers', { to: 27821234567 }, '27821234567'],
    ['an empty text, PHP’s “none”', { to: '' }, undefined],
    ['blanks only', { to: ' \t ' }, undefined],
    ['null', { to: null }, undefined],
    ['absent', {}, undefined],
    ['false, PHP’s “none” too', { to: false }, undefined],
    // No address: its delivery fails and shows what stood there.
    ['a list', { to: ['a@example.com'] }, '["a@example.com"]'],
    ['an object', { to: { email: 'a@example.com' } }, '{"email":"a@example.com"}'],
    ['true', { to: true }, 'true'],
  ])('%s', (_what, given, expected) => {
    expect(addressIn(given, 'to')).toBe(expected);
  });

  test('is none where the audience has no field for it', () => {
    expect(addressIn(data, undefined)).toBeUndefined();
  });

  test.each(['constructor', 'toString', '__proto__'])('is never inherited: %s', (field) => {
    expect(addressIn({}, field)).toBeUndefined();
    expect(
      addressIn(Object.create({ [field]: 'a@example.com' }) as Record<string, unknown>, field),
    ).toBeUndefined();
  });
});

describe('the recipient of a webhook', () => {
  test('is the address as the tenant set it', () => {
    expect(webhookRecipient(settings)).toBe('https://shop.example.com/hook');
  });

  test('is as long as the column at most, and shows that it was cut', () => {
    const exact = `https://shop.example.com/${'x'.repeat(230)}`;
    expect(exact).toHaveLength(255);
    expect(webhookRecipient({ ...settings, webhook_url: exact })).toBe(exact);
    const cut = webhookRecipient({ ...settings, webhook_url: `${exact}y` });
    expect(cut).toHaveLength(255);
    expect(cut).toBe(`${exact.slice(0, 254)}…`);
  });

  test.each([{ webhook_enabled: false }, { webhook_url: null }])('is none where it is off: %o', (off) => {
    expect(webhookRecipient({ ...settings, ...off })).toBeUndefined();
  });
});
