import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { eventTypeSchema } from '../../../main/contracts/event-types';
import { checkEventType } from '../../../main/gateway/events/catalogue/check-event-type';
import { createMessageRenderer } from '../../../main/gateway/messages/message-renderer';

type Definition = z.input<typeof eventTypeSchema>;
const renderer = createMessageRenderer();

const leaveRequested: Definition = {
  type: 'leave:requested',
  title: 'Leave requested',
  required: { employee_name: 'text', manager_email: 'email', days: 'number' },
  optional: { manager_phone: 'phone', from: 'date' },
  audiences: [
    {
      name: 'manager',
      email_field: 'manager_email',
      phone_field: 'manager_phone',
      templates: {
        email: {
          subject: '{{ employee_name }} asks for {{ days | number }} days of leave',
          text: 'From {{ from | date }}.',
          html: '<p>From {{ from | date }}.</p>',
        },
        whatsapp: { text: '*{{ employee_name }}* asks for leave.' },
      },
    },
  ],
  sample: {
    employee_name: 'Sipho Dlamini',
    manager_email: 'anneke@example.com',
    days: 5,
    from: '2026-08-03',
  },
};

const check = (changes: Partial<Definition> | Record<string, unknown>) =>
  checkEventType({ ...leaveRequested, ...changes }, { renderer });
const problemsOf = (changes: Partial<Definition> | Record<string, unknown>) => {
  const result = check(changes);
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
};
const audience = leaveRequested.audiences[0]!;
const withEmail = (email: Record<string, string>) => ({
  audiences: [{ ...audience, templates: { ...audience.templates, email } }],
});

describe('checkEventType', () => {
  it('gives a good definition back with its defaults filled in', () => {
    expect(checkEventType(leaveRequested)).toEqual({
      ok: true,
      eventType: { ...leaveRequested, description: '', fallback: 'none' },
    });
  });

  it('takes a type that only webhooks hear of', () => {
    expect(problemsOf({ audiences: [] })).toEqual([]);
  });

  it.each([[null], ['text'], [[]], [5]])('refuses %j', (definition) => {
    expect(checkEventType(definition)).toMatchObject({ ok: false, problems: [{ path: '' }] });
  });

  it('names what is wrong with the shape', () => {
    expect(problemsOf({ type: 'no spaces please' })).toEqual(['type: must look like invoice:sent']);
    expect(problemsOf({ title: '' })[0]).toMatch(/^title: /);
    expect(problemsOf({ required: { 'client email': 'email' } })[0]).toMatch(/^required\.client email: /);
    expect(problemsOf({ required: { constructor: 'text' } })[0]).toMatch(/^required\.constructor: /);
    expect(problemsOf({ optional: { a: 'colour' } })[0]).toMatch(/^optional\.a: /);
    expect(problemsOf({ audiences: [{ name: 'Manager', templates: {} }] })).toEqual([
      'audiences.0.name: must be lower case, such as client',
    ]);
  });

  it('does not let a type of the catalogue be defined anew, unless it is asked to', () => {
    expect(problemsOf({ type: 'invoice:sent' })).toEqual([
      'type: is an event type of the gateway: choose another name, or replace the templates of invoice:sent',
    ]);
    expect(
      checkEventType({ ...leaveRequested, type: 'invoice:sent' }, { renderer, mayReplaceBuiltIn: true }).ok,
    ).toBe(true);
  });

  it('wants the fields of audiences declared, and of the right kind', () => {
    expect(problemsOf({ audiences: [{ ...audience, email_field: 'boss_email' }] })).toEqual([
      'audiences.0.email_field: names boss_email, which is neither in required nor in optional',
    ]);
    expect(problemsOf({ audiences: [{ ...audience, phone_field: 'employee_name' }] })).toEqual([
      'audiences.0.phone_field: names employee_name, which must be of the kind phone',
    ]);
    expect(problemsOf({ audiences: [{ ...audience, email_field: 'toString' }] })[0]).toMatch(
      /^audiences\.0\.email_field: /,
    );
  });

  it('wants a template for every address and an address for every template', () => {
    expect(
      problemsOf({ audiences: [{ ...audience, templates: { email: audience.templates.email } }] }),
    ).toEqual(['audiences.0.phone_field: has no templates.whatsapp to send']);
    expect(problemsOf({ audiences: [{ name: 'manager', templates: audience.templates }] })).toEqual([
      'audiences.0.email_field: is required: there is a templates.email',
      'audiences.0.phone_field: is required: there is a templates.whatsapp',
    ]);
  });

  it('knows each audience once', () => {
    expect(problemsOf({ audiences: [audience, { ...audience }] })).toEqual([
      'audiences.1.name: is there twice',
    ]);
  });

  it('wants a sample that fits', () => {
    expect(
      problemsOf({ sample: { employee_name: 'Sipho', manager_email: 'nobody', from: '2026-02-30' } }),
    ).toEqual([
      'sample.manager_email: must be an email address',
      'sample.days: is required',
      'sample.from: must be a date such as 2026-07-01, or a Unix time',
    ]);
  });

  it('refuses templates that do not parse, with part and line', () => {
    expect(problemsOf(withEmail({ subject: 'ok', text: 'a\n{{ b | monee }}', html: '{% if x %}' }))).toEqual([
      'audiences.0.templates.email.text: line 2: there is no filter "monee"',
      'audiences.0.templates.email.html: line 1: tag {% if x %} not closed',
    ]);
    expect(problemsOf(withEmail({ subject: '{{ employee name }}', text: 'ok' }))).toEqual([
      'audiences.0.templates.email.subject: line 1: {{ employee name }} is not clear: an operator, a comma or a | is missing',
    ]);
  });

  it('refuses templates that parse but do not render', () => {
    expect(problemsOf(withEmail({ subject: 'ok', text: '{% for i in (1..4900000) %}{% endfor %}' }))).toEqual(
      ['audiences.0.templates.email.text: line 1: takes longer than 250 ms, is there a loop?'],
    );
  });

  it('refuses fields that the gateway uses itself, and fields that are both', () => {
    expect(problemsOf({ optional: { ...leaveRequested.optional, tenant: 'text', days: 'number' } })).toEqual([
      'optional.tenant: is a name that the gateway uses in templates: choose another',
      'optional.days: is required already',
    ]);
    expect(problemsOf({ optional: { ...leaveRequested.optional, attachments: 'text' } })).toEqual([
      'optional.attachments: must be a list: it holds the files that go with the message',
    ]);
  });

  it('has room for 200 fields and not for more', () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'text' as const]));
    const room = 200 - Object.keys(leaveRequested.required).length;
    const optional = (count: number) => ({ manager_phone: 'phone' as const, ...fields(count - 1) });
    expect(problemsOf({ optional: optional(room) })).toEqual([]);
    expect(problemsOf({ optional: optional(room + 1) })).toEqual([
      'required: together with optional must have at most 200 fields',
    ]);
  });
});
