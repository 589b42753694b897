import { describe, expect, test } from 'vitest';
import type { ListedEventType } from '../../main/contracts/console/tenant-calls';
import {
  buildDefinition,
  emptyAudience,
  emptyField,
  readSample,
  startDraft,
} from '../../renderer/pages/tenants/event-type-draft';
import { tenantPath } from '../../renderer/pages/tenants/tenant-path';

const listed = {
  type: 'job:finished',
  title: 'Job finished',
  description: 'A job is done.',
  required: { job_id: 'number', client_email: 'email' },
  optional: { note: 'text' },
  audiences: [
    {
      name: 'client',
      email_field: 'client_email',
      templates: { email: { subject: 'Done', text: 'Job {{ job_id }}', html: '<p>{{ job_id }}</p>' } },
    },
  ],
  fallback: 'email',
  sample: { job_id: 7, client_email: 'client@example.com' },
} as unknown as ListedEventType;

describe('a draft of an event type', () => {
  test('that nobody changes is saved as it was', () => {
    expect(buildDefinition(startDraft(listed))).toEqual(listed);
  });

  test('that is new has one field to begin with, and nobody to tell', () => {
    const draft = startDraft(undefined);
    expect(draft.fields).toMatchObject([{ name: '', kind: 'text', isRequired: true }]);
    expect(draft.audiences).toEqual([]);
    expect(buildDefinition(draft)).toMatchObject({
      required: {},
      optional: {},
      audiences: [],
      fallback: 'none',
      sample: {},
    });
  });

  test('leaves rows without a name out, and blanks around names', () => {
    const draft = startDraft(listed);
    const fields = [...draft.fields, emptyField(), { ...emptyField(), name: '  total ', isRequired: false }];
    expect(buildDefinition({ ...draft, type: ' job:finished ', fields })).toMatchObject({
      type: 'job:finished',
      optional: { note: 'text', total: 'text' },
    });
  });

  test.each([
    [
      'email',
      { emailField: 'client_email', subject: 'Hi', emailText: 'Text', whatsAppText: 'kept in the form' },
      { email_field: 'client_email', templates: { email: { subject: 'Hi', text: 'Text' } } },
    ],
    [
      'WhatsApp',
      { phoneField: 'client_phone', whatsAppText: 'Hello', subject: 'kept in the form' },
      { phone_field: 'client_phone', templates: { whatsapp: { text: 'Hello' } } },
    ],
    ['nobody', {}, { templates: {} }],
  ])('tells an audience by %s where there is a field for it', (_how, parts, expected) => {
    const audience = { ...emptyAudience(), name: 'client', ...parts };
    expect(buildDefinition({ ...startDraft(undefined), audiences: [audience] })['audiences']).toEqual([
      { name: 'client', ...expected },
    ]);
  });

  test('gives each row a key of its own', () => {
    const draft = startDraft(listed);
    const keys = [...draft.fields, ...draft.audiences, emptyField(), emptyAudience()].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('a sample', () => {
  test.each([
    ['{"a": 1}', { a: 1 }],
    ['{}', {}],
    ['', undefined],
    ['{"a": 1', undefined],
    ['[1]', undefined],
    ['null', undefined],
    ['7', undefined],
  ])('%s', (text, expected) => {
    expect(readSample(text)).toEqual(expected);
  });
});

test.each([
  [tenantPath('ACC003'), '/tenants/ACC003'],
  [tenantPath('ACC003', 'keys'), '/tenants/ACC003?tab=keys'],
  [
    tenantPath('A/B C', 'types', { type: 'job:finished' }),
    '/tenants/A%2FB%20C?tab=types&type=job%3Afinished',
  ],
])('a place on the pages of tenants: %s', (path, expected) => {
  expect(path).toBe(expected);
});
