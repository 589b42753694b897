import { describe, expect, it } from 'vitest';
import { defaultTenantSettings } from '../../../main/contracts/tenant-settings';
import { buildDataSchema } from '../../../main/gateway/events/catalogue/build-data-schema';
import { builtInEventTypes } from '../../../main/gateway/events/catalogue/catalogue';
import { checkEventType } from '../../../main/gateway/events/catalogue/check-event-type';
import { createMessageRenderer } from '../../../main/gateway/messages/message-renderer';

/** The list of the outside contract: what an event of each type must bring, and who is told. */
const contract: Record<string, { required: string[]; audiences: string[] }> = {
  'invoice:sent': {
    required: ['invoice_id', 'client_email', 'invoice_number', 'total_amount'],
    audiences: ['client client_email client_phone'],
  },
  'invoice:paid': {
    required: ['invoice_id', 'client_email', 'payment_amount'],
    audiences: ['client client_email client_phone'],
  },
  'user:clockedIn': {
    required: ['user_id', 'user_name', 'clock_in_time'],
    audiences: ['user user_email user_phone', 'manager manager_email manager_phone'],
  },
  'user:clockedOut': {
    required: ['user_id', 'user_name', 'clock_out_time'],
    audiences: ['user user_email user_phone', 'manager manager_email manager_phone'],
  },
  'payslip:generated': {
    required: ['employee_id', 'employee_email', 'payslip_number', 'net_pay'],
    audiences: ['employee employee_email employee_phone'],
  },
  'document:sent': {
    required: ['document_id', 'recipient_email', 'document_type'],
    audiences: ['recipient recipient_email recipient_phone'],
  },
  'payment:received': {
    required: ['payment_id', 'client_email', 'payment_amount'],
    audiences: ['client client_email client_phone'],
  },
  'refund:created': {
    required: ['refund_id', 'client_email', 'refund_amount'],
    audiences: ['client client_email client_phone'],
  },
  'timesheet:submitted': {
    required: ['timesheet_id', 'employee_name', 'manager_email'],
    audiences: ['manager manager_email manager_phone'],
  },
  'timesheet:approved': {
    required: ['timesheet_id', 'employee_email', 'period'],
    audiences: ['employee employee_email employee_phone'],
  },
  'timesheet:rejected': {
    required: ['timesheet_id', 'employee_email', 'period', 'reason'],
    audiences: ['employee employee_email employee_phone'],
  },
};

const renderer = createMessageRenderer();
const everyAudience = [...builtInEventTypes.values()].flatMap((eventType) =>
  eventType.audiences.map((audience) => ({
    name: `${eventType.type} to ${audience.name}`,
    eventType,
    audience,
  })),
);
type Case = (typeof everyAudience)[number];

function renderAll(
  { eventType, audience }: Case,
  data: Record<string, unknown>,
  company = 'Karoo Office Supplies',
) {
  const context = {
    data,
    eventType,
    tenant: { name: company, customerId: 'ACC003' },
    settings: defaultTenantSettings,
    now: new Date('2026-07-01T06:30:00Z'),
  };
  const email = renderer.renderEmail(audience.templates.email!, context);
  const whatsapp = renderer.renderWhatsApp(audience.templates.whatsapp!, context);
  return { ...email, whatsapp: whatsapp.text, visible: visibleText(email.html) };
}

function requiredOnly({ eventType }: Case): Record<string, unknown> {
  return Object.fromEntries(Object.keys(eventType.required).map((name) => [name, eventType.sample[name]]));
}

function visibleText(html: string): string {
  return html
    .replace(/<style>.*?<\/style>|<title>.*?<\/title>|<!--.*?-->/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ');
}

/** The traces that a missing value leaves in a sentence. */
const artefacts =
  /undefined|null|NaN|\[object|\{\{|\{%|Dear|Hello ,| ,| \.(?:\s|$)|\( ?\)|: *\n\n|: *$(?!\n)|\bfor \.|Invalid/m;

it('has the eleven types of the contract with exactly their required fields and audiences', () => {
  const actual = Object.fromEntries(
    [...builtInEventTypes].map(([name, { type, required, audiences }]) => {
      expect(type).toBe(name);
      return [
        name,
        {
          required: Object.keys(required),
          audiences: audiences.map((a) => `${a.name} ${a.email_field ?? ''} ${a.phone_field ?? ''}`),
        },
      ];
    }),
  );
  expect(actual).toEqual(contract);
});

describe.each([...builtInEventTypes.values()])('$type', (eventType) => {
  it('passes the check that tenants have to pass', () => {
    expect(checkEventType(eventType, { renderer, mayReplaceBuiltIn: true })).toEqual({ ok: true, eventType });
  });

  it('has templates that use declared fields only', () => {
    for (const { templates } of eventType.audiences) {
      const context = {
        data: eventType.sample,
        eventType,
        tenant: { name: 'T', customerId: 'C' },
        settings: defaultTenantSettings,
        now: new Date(),
      };
      expect(renderer.preview(templates, context, eventType).unknownFields).toEqual([]);
    }
  });

  it('accepts its required fields alone and names each one that is missing', () => {
    const schema = buildDataSchema(eventType);
    const data = Object.fromEntries(
      Object.keys(eventType.required).map((name) => [name, eventType.sample[name]]),
    );
    expect(schema.safeParse(data).success).toBe(true);
    const empty = schema.safeParse({});
    expect(empty.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)).toEqual(
      Object.keys(eventType.required).map((name) => `${name} is required`),
    );
  });

  it('has a sample that shows optional fields too', () => {
    const optional = Object.keys(eventType.optional).filter((name) => name in eventType.sample);
    expect(optional.length).toBeGreaterThanOrEqual(4);
  });
});

describe.each(everyAudience)('$name', (entry) => {
  it('says everything that the sample holds, in mail, HTML and WhatsApp', () => {
    const rendered = renderAll(entry, entry.eventType.sample);
    for (const part of ['text', 'visible', 'whatsapp'] as const) {
      expect(rendered[part]).not.toMatch(artefacts);
      expect(rendered[part]).toContain('Karoo Office Supplies');
      expect(rendered[part]).toMatch(/Hello (Thandi Nkosi|Sipho Dlamini|Anneke Botha),/);
    }
    expect(rendered.subject).not.toMatch(artefacts);
    expect(rendered.subject.length).toBeLessThan(78);
    for (const [name, value] of Object.entries(entry.eventType.sample)) {
      const url = /_url$/.test(name) ? String(value) : undefined;
      if (url === undefined) continue;
      expect(rendered.text).toContain(url);
      expect(rendered.whatsapp).toContain(url);
      expect(rendered.html).toContain(`href="${url}"`);
    }
  });

  it('reads well with the required fields alone and a tenant without a name', () => {
    const rendered = renderAll(entry, requiredOnly(entry), '');
    for (const part of ['subject', 'text', 'visible', 'whatsapp'] as const) {
      expect(rendered[part]).not.toMatch(artefacts);
      expect(rendered[part].trim()).not.toBe('');
    }
    expect(rendered.text).toMatch(/^Hello( Sipho Dlamini)?,\n\n\S/);
    expect(rendered.text).not.toContain('Kind regards');
    expect(rendered.html).not.toContain('href=');
    // The table of facts has a row, or there would be a lonely line.
    expect(rendered.html).toMatch(/<tr><td dir="auto" style="padding:11px/);
  });

  it('shows text fields as text: no markup, no header and no template of an event gets through', () => {
    const hostile = '<script>alert(1)</script>"\'\r\nBcc: thief@example.com {{ tenant.customer_id }}';
    const kinds = { ...entry.eventType.optional, ...entry.eventType.required };
    const data = Object.fromEntries(
      Object.entries({ ...entry.eventType.sample, notes: 'n', reason: 'r', message: 'm' }).map(
        ([name, value]) => [name, kinds[name] === 'text' || kinds[name] === 'id' ? hostile : value],
      ),
    );
    const rendered = renderAll(entry, data, hostile);
    expect(rendered.html).not.toMatch(/<script/i);
    expect(rendered.html.match(/="[^"]*\n?[^"]*alert/g)).toBeNull();
    expect(rendered.subject).not.toMatch(/[\r\n]/);
    for (const part of ['subject', 'text', 'visible', 'whatsapp'] as const) {
      expect(rendered[part]).not.toContain('ACC003');
    }
  });

  it('is HTML that fits a phone and needs nothing from outside', () => {
    const { html } = renderAll(entry, entry.eventType.sample);
    expect(html).toMatch(/^<!DOCTYPE html>/);
    expect(html).toContain('<meta name="viewport"');
    expect(html).not.toMatch(/<img|<link|<script|@import|url\(/);
    const open = html.match(/<(?:table|tr|td|p|div|h1|a|span|body|html)\b/g)?.length;
    const closed = html.match(/<\/(?:table|tr|td|p|div|h1|a|span|body|html)>/g)?.length;
    expect(open).toBe(closed);
    expect(html.length).toBeLessThan(20_000);
  });
});

describe('wording', () => {
  const find = (type: string, audience: string) =>
    everyAudience.find((entry) => entry.eventType.type === type && entry.audience.name === audience)!;

  it('writes amounts and dates as the office does', () => {
    const { subject, text, visible, whatsapp } = renderAll(
      find('invoice:sent', 'client'),
      builtInEventTypes.get('invoice:sent')!.sample,
    );
    expect(subject).toBe('Invoice INV-2026-0142 for R 1 500,00 from Karoo Office Supplies');
    for (const part of [text, visible]) {
      expect(part).toContain('R 1 500,00');
      expect(part).toContain('31 July 2026');
    }
    expect(whatsapp).toContain('Amount due: *R 1 500,00*');
  });

  it('uses the currency of the event', () => {
    const sample = { ...builtInEventTypes.get('refund:created')!.sample, currency: 'USD' };
    expect(renderAll(find('refund:created', 'client'), sample).subject).toBe('Your refund of US$349,90');
  });

  it('shows times in the zone of the tenant', () => {
    const sample = {
      ...builtInEventTypes.get('user:clockedIn')!.sample,
      clock_in_time: '2026-07-01T05:58:00Z',
    };
    expect(renderAll(find('user:clockedIn', 'manager'), sample).subject).toBe(
      'Sipho Dlamini clocked in at 07:58',
    );
  });

  it('keeps salaries out of subjects', () => {
    const { subject } = renderAll(
      find('payslip:generated', 'employee'),
      builtInEventTypes.get('payslip:generated')!.sample,
    );
    expect(subject).toBe('Your payslip for July 2026 is ready');
  });

  it('mentions an attachment when there is one', () => {
    const entry = find('document:sent', 'recipient');
    const files = [{ filename: 'a.pdf', content_base64: 'JVBERi0=' }];
    expect(renderAll(entry, { ...entry.eventType.sample, attachments: files }).text).toContain(
      'you will find it attached',
    );
    expect(renderAll(entry, { ...entry.eventType.sample, attachments: [] }).text).not.toContain('attached');
  });

  it('keeps the lines of a note', () => {
    const { text, html } = renderAll(
      find('document:sent', 'recipient'),
      builtInEventTypes.get('document:sent')!.sample,
    );
    expect(text).toContain('Message:\nPlease read page 3 with care.\nIf all is well');
    expect(html).toContain('with care.<br>If all is well');
  });
});
