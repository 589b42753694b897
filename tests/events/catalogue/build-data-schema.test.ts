import { describe, expect, it } from 'vitest';
import type { FieldKind } from '../../../main/contracts/event-types';
import { buildDataSchema, describeProblems } from '../../../main/gateway/events/catalogue/build-data-schema';

function problemsOf(schema: ReturnType<typeof buildDataSchema>, data: unknown) {
  const result = schema.safeParse(data);
  return result.success
    ? []
    : describeProblems(result.error).map(({ path, message }) => `${path}: ${message}`);
}

const messages: Record<FieldKind, string> = {
  id: 'must be a number or a text of at most 255 characters',
  text: 'must be a text of at most 1000000 characters',
  email: 'must be an email address',
  phone: 'must be a phone number such as +27 82 123 4567',
  amount: 'must be an amount such as 1500.00',
  number: 'must be a number',
  boolean: 'must be true or false',
  datetime:
    'must be a date and time such as 2026-07-01T08:00:00+02:00 or 2026-07-01 08:00:00, or a Unix time',
  date: 'must be a date such as 2026-07-01, or a Unix time',
  url: 'must be an http or https address',
  list: 'must be a list',
  any: 'is required',
};

const taken: [FieldKind, unknown[]][] = [
  ['id', [0, -5, 12.5, '42', 'INV-1', 'x'.repeat(255)]],
  ['text', ['a', ' ', 'x'.repeat(1_000_000), 'line\nline']],
  [
    'email',
    [
      // Blanks around it are no part of it.
      ' thandi@example.com',
      'thandi@example.com\n',
      'thandi@example.co.za',
      "o'brien+tag@example.com",
      'a.b_c-d@sub.example.museum',
      'info@bücher.example',
      'rené@example.com',
      'a&b/c@example.com',
      'root@localhost',
      'x@xn--bcher-kva.example',
      `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.za`,
    ],
  ],
  [
    'phone',
    [
      '+27 82 123 4567',
      '082 123 4567',
      '(021) 555-0142',
      '0821234567',
      '+1.212.555.0100',
      '112',
      '+27 82 123 4567 ext 5',
      '0821234567\r\n',
      '\u202a+27\u00a082\u2011123 4567\u202c',
      821234567,
    ],
  ],
  ['amount', [0, 1500, -12.5, '1500', '1500.00', '-0.5', ' 15 ']],
  ['number', [8, '8.5']],
  ['boolean', [true, false, 0, 1, '0', '1', 'true', 'false']],
  [
    'datetime',
    [
      '2026-07-01T08:00:00Z',
      '2026-07-01T08:00:00.123+02:00',
      '2026-07-01 08:00:00',
      '2026-07-01T08:00',
      '2026-07-01',
      '07:58',
      '2024-02-29 00:00:00',
      1751349600,
      1751349600123,
      '1751349600',
    ],
  ],
  [
    'date',
    [
      '2026-07-01',
      '2026-07-01 08:00:00',
      '2026-07-01T08:00:00Z',
      1751349600,
      '1751349600',
      1751349600123,
      1751349600.5,
      '1 July 2026',
      '2026/07/01',
      '1.7.2026',
    ],
  ],
  ['url', ['https://example.com/a?b=1', 'http://192.168.1.5:8080/', 'HTTPS://EXAMPLE.COM']],
  ['list', [[], [1, 'a']]],
  ['any', [0, false, 'x', [], {}]],
];

const refused: [FieldKind, unknown[]][] = [
  ['id', [true, [], {}, Number.NaN, Infinity, '   ', 'x'.repeat(256)]],
  ['text', [5, true, [], {}, 'x'.repeat(1_000_001)]],
  [
    'email',
    [
      'x',
      'x@',
      '@example.com',
      'a@b',
      'a b@example.com',
      'a@@example.com',
      'a@example..com',
      '.a@example.com',
      'a.@example.com',
      'a@-example.com',
      'a@1.2.3.4',
      'a@example.com, b@example.com',
      'Thandi <thandi@example.com> and <b@example.com>',
      'thandi@example.com\r\nBcc: x@example.com',
      `${'a'.repeat(65)}@example.com`,
      `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(59)}.za`,
      5,
      ['a@example.com'],
    ],
  ],
  ['phone', ['none', '+', '12', '-0821234567', 12, 82.5, true, '1'.repeat(41)]],
  ['amount', ['R 1500', '1,500.00', '0x10', 'NaN', Infinity, Number.NaN, true, [], {}, '1e999', '  ']],
  ['number', ['8:30', true]],
  ['boolean', ['yes', 2, 'TRUE', []]],
  [
    'datetime',
    [
      '2026-02-30',
      '2026-02-30T08:00:00Z',
      '2026-07-01 25:00:00',
      '01/07/2026',
      'tomorrow',
      '24:00',
      20260701,
      202607011200,
      true,
    ],
  ],
  ['date', ['07:58', '2026-13-01', '1/7/2026', '31 June 2026', 20260701]],
  [
    'url',
    [
      'ftp://example.com',
      'javascript:alert(1)',
      'example.com',
      'https://',
      'https://exa mple.com',
      'https://example.com/\n',
      'http://[',
      5,
      `https://example.com/${'x'.repeat(2_000)}`,
    ],
  ],
  ['list', ['a,b', {}, 5]],
];

const cases = (table: [FieldKind, unknown[]][]) =>
  table.flatMap(([kind, values]) => values.map((value) => ({ kind, value })));

describe('kinds', () => {
  it.each(cases(taken))('$kind takes $value', ({ kind, value }) => {
    expect(
      problemsOf(buildDataSchema({ required: { field: kind }, optional: {} }), { field: value }),
    ).toEqual([]);
    expect(
      problemsOf(buildDataSchema({ required: {}, optional: { field: kind } }), { field: value }),
    ).toEqual([]);
  });

  it.each(cases(refused))('$kind refuses $value', ({ kind, value }) => {
    const expected = [`event_data.field: ${messages[kind]}`];
    expect(
      problemsOf(buildDataSchema({ required: { field: kind }, optional: {} }), { field: value }),
    ).toEqual(expected);
    expect(
      problemsOf(buildDataSchema({ required: {}, optional: { field: kind } }), { field: value }),
    ).toEqual(expected);
  });

  it.each(Object.keys(messages) as FieldKind[])('%s may be absent only when it is optional', (kind) => {
    const required = buildDataSchema({ required: { field: kind }, optional: {} });
    const optional = buildDataSchema({ required: {}, optional: { field: kind } });
    for (const data of [{}, { field: null }, { field: '' }, { field: undefined }]) {
      expect(problemsOf(required, data)).toEqual(['event_data.field: is required']);
      expect(problemsOf(optional, data)).toEqual([]);
    }
  });

  it.each(['0000-00-00', '0000-00-00 00:00:00', '0000-00-00T00:00:00Z'])(
    'takes %s, MySQL’s “no date”, as an optional date that is absent',
    (value) => {
      const optional = buildDataSchema({ required: {}, optional: { due: 'date', at: 'datetime' } });
      expect(problemsOf(optional, { due: value, at: value })).toEqual([]);
      const required = buildDataSchema({ required: { due: 'date' }, optional: {} });
      expect(problemsOf(required, { due: value })).toHaveLength(1);
    },
  );
});

describe('data', () => {
  const schema = buildDataSchema({
    required: { client_email: 'email', total_amount: 'amount' },
    optional: { client_name: 'text', client_phone: 'phone' },
  });

  it('names everything that is wrong, by its path, required fields first', () => {
    expect(problemsOf(schema, { client_email: 'x', client_phone: 'abc', other: 1 })).toEqual([
      'event_data.client_email: must be an email address',
      'event_data.total_amount: is required',
      'event_data.client_phone: must be a phone number such as +27 82 123 4567',
    ]);
  });

  it('keeps values as they came, other fields too, and drops optional fields that are empty', () => {
    const data = {
      client_email: 'a@example.com',
      total_amount: '1500.00',
      client_name: '',
      client_phone: null,
      extra: { a: [null, ''] },
      note: '',
    };
    const copy = structuredClone(data);
    expect(schema.parse(data)).toStrictEqual({
      client_email: 'a@example.com',
      total_amount: '1500.00',
      extra: { a: [null, ''] },
      note: '',
    });
    expect(data).toStrictEqual(copy);
  });

  it.each([['text'], [5], [null], [undefined], [[]], [[{}]]])('must be an object, not %j', (data) => {
    expect(problemsOf(schema, data)).toEqual(['event_data: must be an object']);
  });

  it('takes nothing from prototypes and gives nothing to them', () => {
    const data = JSON.parse(
      '{"client_email": "a@example.com", "total_amount": 1, "__proto__": {"admin": true}, "constructor": 1}',
    ) as unknown;
    const parsed = schema.parse(data);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(parsed['admin']).toBeUndefined();
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    const inherited = Object.create({ client_name: 5 }) as Record<string, unknown>;
    expect(problemsOf(schema, Object.assign(inherited, { client_email: 'a@example.com' }))).toContain(
      'event_data.total_amount: is required',
    );
  });

  it('can call its root something else, or nothing', () => {
    const { error } = schema.safeParse({ client_email: 'a@example.com' });
    expect(describeProblems(error!, 'sample')).toEqual([
      { path: 'sample.total_amount', message: 'is required' },
    ]);
    expect(describeProblems(error!, null)).toEqual([{ path: 'total_amount', message: 'is required' }]);
  });
});

describe('attachments', () => {
  const schema = buildDataSchema({ required: {}, optional: {} });
  const wrong = (attachments: unknown) => problemsOf(schema, { attachments });

  it('are taken by every type', () => {
    expect(wrong([])).toEqual([]);
    expect(wrong(null)).toEqual([]);
    expect(
      wrong([
        { filename: 'a.pdf', content_type: 'application/pdf', content_base64: 'JVBERi0=' },
        { filename: 'Übersicht 1.pdf', url: 'https://example.com/a.pdf' },
        { filename: 'a.txt', content_type: 'text/plain; charset=utf-8', content_base64: '' },
      ]),
    ).toEqual([]);
  });

  it('need a name and exactly one source', () => {
    expect(wrong('a.pdf')).toEqual(['event_data.attachments: must be a list of files']);
    expect(wrong(['a.pdf'])).toEqual([
      'event_data.attachments.0: must be an object with filename and content_base64 or url',
    ]);
    expect(wrong([{ content_base64: 'JVBERi0=' }])).toEqual([
      'event_data.attachments.0.filename: must be a file name',
    ]);
    expect(wrong([{ filename: 'a.pdf' }])).toEqual([
      'event_data.attachments.0: must have either content_base64 or url',
    ]);
    expect(wrong([{ filename: 'a.pdf', url: 'https://example.com', content_base64: '' }])).toEqual([
      'event_data.attachments.0: must have either content_base64 or url',
    ]);
  });

  it.each([
    '%%%% no base64 %%%%',
    'JVBERi0=x',
    'JVBE===',
    'data:text/plain,hello',
    `${' '.repeat(1_000_000)}!`,
    `JVBE=${' '.repeat(1_000_000)}!`,
  ])('are base64: not %.30j', (content) => {
    expect(wrong([{ filename: 'a.pdf', content_base64: content }])).toEqual([
      'event_data.attachments.0.content_base64: must be a text in base64',
    ]);
  });

  it.each(['JVBERi0=', 'JVBERi0', 'JVBE\r\nRi0=\r\n', 'data:application/pdf;base64,JVBERi0=', '_-_-'])(
    'may be base64 as others write it: %j',
    (content) => expect(wrong([{ filename: 'a.pdf', content_base64: content }])).toEqual([]),
  );

  it('come to 20 MB at most', () => {
    const tenMegabytes = Buffer.alloc(10 * 1024 * 1024).toString('base64');
    const files = [
      { filename: 'a.pdf', content_base64: tenMegabytes },
      { filename: 'b.pdf', content_base64: tenMegabytes.replace(/(.{76})/g, '$1\r\n') },
    ];
    expect(wrong(files)).toEqual([]);
    expect(wrong([...files, { filename: 'c.pdf', content_base64: 'AA==' }])).toEqual([
      'event_data.attachments: must not come to more than 20 MB',
    ]);
  });

  it('cannot read files of this machine or break a header', () => {
    expect(wrong([{ filename: 'a.pdf', url: 'file:///etc/passwd' }])).toEqual([
      'event_data.attachments.0.url: must be an http or https address',
    ]);
    expect(wrong([{ filename: 'a.pdf\r\nX: y', url: 'https://example.com' }])).toEqual([
      'event_data.attachments.0.filename: must not contain control characters or line breaks',
    ]);
    expect(wrong([{ filename: 'a', content_type: 'text/plain\r\nX: y', content_base64: '' }])).toEqual([
      'event_data.attachments.0.content_type: must be a content type such as application/pdf',
    ]);
  });

  it('can be required by a type', () => {
    const strict = buildDataSchema({ required: { attachments: 'list' }, optional: {} });
    expect(problemsOf(strict, {})).toEqual(['event_data.attachments: must be a list of files']);
    expect(problemsOf(strict, { attachments: [5] })).toHaveLength(1);
  });
});
