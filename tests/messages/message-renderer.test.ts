import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { GatewayError } from '../../main/gateway/errors';
import { createMessageRenderer } from '../../main/gateway/messages/message-renderer';
import { TemplateError } from '../../main/gateway/messages/template-error';
import { makeContext } from './render-context';

const renderer = createMessageRenderer();
const text = (template: string, data: Record<string, unknown> = {}) =>
  renderer.renderWhatsApp({ text: template }, makeContext(data)).text;
const html = (template: string, data: Record<string, unknown> = {}) =>
  renderer.renderEmail({ subject: 's', text: 't', html: template }, makeContext(data)).html;
const subject = (template: string, data: Record<string, unknown> = {}) =>
  renderer.renderEmail({ subject: template, text: 't' }, makeContext(data)).subject;

function failure(attempt: () => unknown): TemplateError {
  try {
    attempt();
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown;
    throw thrown;
  }
  throw new Error('expected a TemplateError');
}

afterEach(() => vi.restoreAllMocks());

describe('what a template sees', () => {
  it('has the fields of the event, the tenant, the type and the time', () => {
    expect(
      text(
        '{{ a.b[0] }}|{{ tenant.name }}|{{ tenant.customer_id }}|{{ event_type }}|{{ event_title }}|{{ now | datetime }}|{{ data.a.b[0] }}',
        {
          a: { b: ['x'] },
        },
      ),
    ).toBe('x|Karoo Office Supplies|ACC003|test:sent|Test sent|01 July 2026 at 08:30|x');
  });

  it('keeps the names of the gateway, and data of the same name under data', () => {
    expect(text('{{ tenant.name }} / {{ data.tenant }}', { tenant: 'Mr Smith, flat 3' })).toBe(
      'Karoo Office Supplies / Mr Smith, flat 3',
    );
  });

  it("calls the company by the event's name for it, or else by the tenant's", () => {
    const template = { text: '{% if company_name %}from {{ company_name }}{% else %}nobody{% endif %}' };
    const unnamed = { tenant: { name: ' ', customerId: 'ACC003' } };
    expect(renderer.renderWhatsApp(template, makeContext({})).text).toBe('from Karoo Office Supplies');
    expect(renderer.renderWhatsApp(template, makeContext({ company_name: 'Other' })).text).toBe('from Other');
    expect(renderer.renderWhatsApp(template, makeContext({ company_name: '' })).text).toBe(
      'from Karoo Office Supplies',
    );
    expect(renderer.renderWhatsApp(template, makeContext({}, unnamed)).text).toBe('nobody');
  });

  it('takes null, empty and blank texts as absent', () => {
    const template = 'Hello{% if name %} {{ name }}{% endif %},';
    for (const name of [null, '', '   ', undefined]) expect(text(template, { name })).toBe('Hello,');
    for (const name of ['0000-00-00', '0000-00-00 00:00:00']) expect(text(template, { name })).toBe('Hello,');
    expect(text(template, { name: ' Thandi ' })).toBe('Hello Thandi,');
  });

  it('prints nothing for what is not there', () => {
    expect(
      text('[{{ a }}{{ a.b.c }}{{ a | money }}{{ a | date }}{{ a | upcase }}{{ nil }}{{ empty }}]'),
    ).toBe('[]');
  });

  it('prints lists and objects as data', () => {
    expect(
      text('{{ list }} {{ object }} {{ yes }} {{ zero }}', {
        list: ['a', 1],
        object: { a: 1 },
        yes: true,
        zero: 0,
      }),
    ).toBe('a1 {"a":1} true 0');
  });

  it('does not reach prototypes, whatever the data is called', () => {
    const data = JSON.parse('{"__proto__": {"admin": true}, "constructor": "mine", "a": {}}') as Record<
      string,
      unknown
    >;
    expect(
      text(
        '{{ constructor }}|{{ admin }}|{{ a.constructor.name }}|{{ a.__proto__ }}|{{ toString }}|{{ data.toString }}',
        data,
      ),
    ).toBe('mine|||||');
    expect(text('{{ constructor }}{{ __proto__ }}{{ hasOwnProperty }}{{ a.constructor }}', { a: 'x' })).toBe(
      '',
    );
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('leaves the data as it was', () => {
    const data = Object.freeze({ list: Object.freeze([2, 1]), count: 5, name: ' x ' });
    text('{{ list | sort | push: 3 }}{% increment count %}{% assign name = "y" %}', data);
    expect(data).toEqual({ list: [2, 1], count: 5, name: ' x ' });
  });
});

describe('escaping', () => {
  it('escapes data in HTML and nowhere else', () => {
    const rendered = renderer.renderEmail(
      { subject: 'For {{ name }}', text: 'Hello {{ name }}', html: '<p title="{{ name }}">{{ name }}</p>' },
      makeContext({ name: '<script>alert("1")</script> & Co' }),
    );
    expect(rendered.html).toBe(
      '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; Co">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; Co</p>',
    );
    expect(rendered.text).toBe('Hello <script>alert("1")</script> & Co');
    expect(rendered.subject).toBe('For <script>alert("1")</script> & Co');
  });

  it('escapes what comes out of filters, lists, captures and echo', () => {
    const data = { a: '<b>', list: ['<i>'] };
    expect(
      html('{{ a | append: "<u>" }}{{ list }}{{ list | first }}{% echo a %}{{ data | json }}', data),
    ).not.toContain('<');
    expect(html('{% for x in list %}{{ x }}{% endfor %}', data)).toBe('&lt;i&gt;');
    expect(html('{% capture c %}{{ a }}{% endcapture %}{{ c }}', data)).toBe('&amp;lt;b&amp;gt;');
  });

  it('escapes once where the template escapes too', () => {
    expect(html('{{ a | escape }} {{ a | escape_once }} {{ a | xml_escape }}', { a: '<b>' })).toBe(
      '&lt;b&gt; &lt;b&gt; &lt;b&gt;',
    );
  });

  it('lets the author of a template say otherwise', () => {
    expect(html('{{ a | raw }}', { a: '<b>' })).toBe('<b>');
  });

  it('keeps line breaks with multiline, and nothing else', () => {
    expect(html('{{ a | multiline }}', { a: '<b>\r\nx & y\nz' })).toBe('&lt;b&gt;<br>x &amp; y<br>z');
    expect(text('{{ a | multiline }}', { a: 'x\ny' })).toBe('x\ny');
  });

  it('makes HTML of a template that has none', () => {
    const rendered = renderer.renderEmail(
      { subject: 'About {{ a }}', text: 'Hello {{ a }},\n\nsee https://example.com.' },
      makeContext({ a: '<b>' }),
    );
    expect(rendered.text).toBe('Hello <b>,\n\nsee https://example.com.');
    expect(rendered.html).toContain('>Hello &lt;b&gt;,</p>');
    expect(rendered.html).toContain('<a href="https://example.com"');
    expect(rendered.html).toContain('<title>About &lt;b&gt;</title>');
    expect(rendered.html).not.toContain('<b>');
  });
});

describe('subjects', () => {
  it('cannot hold a line break, so that no data adds a header', () => {
    expect(subject('Invoice {{ n }}\n for you', { n: '1\r\nBcc: thief@example.com\u2028X' })).toBe(
      'Invoice 1 Bcc: thief@example.com X for you',
    );
  });

  it('is the title of the event type when the template makes nothing', () => {
    expect(subject('{{ nothing }} \n')).toBe('Test sent');
  });
});

describe('amounts and times', () => {
  it('writes amounts as people of the tenant do', () => {
    expect(text('{{ a | money }}', { a: 1500 })).toBe('R 1 500,00');
    expect(subject('{{ a | money }}', { a: '1500.00' })).toBe('R 1 500,00');
    // In HTML they must not break over two lines.
    expect(html('{{ a | money }}', { a: 1500 })).toBe('R\u00a01\u00a0500,00');
  });

  it("prefers the template's currency to the event's, and the event's to the tenant's", () => {
    expect(text('{{ a | money }}', { a: 5, currency: 'USD' })).toBe('US$5,00');
    expect(text('{{ a | money: "EUR" }}', { a: 5, currency: 'USD' })).toBe('€5,00');
    // What is not clear is printed as it stands: never another currency.
    expect(text('{{ a | money: c }}', { a: 5, c: 'no code', currency: 'USD' })).toBe('5,00 no code');
    expect(text('{{ a | money }}', { a: 5, currency: 'USDT' })).toBe('5,00 USDT');
    expect(text('{{ a | money }}', { a: 5, currency: '€' })).toBe('€5,00');
  });

  it('prints what is not an amount as it is', () => {
    expect(
      text('{{ a | money }} {{ b | date }} {{ c | number: 2 }}', { a: 'on request', b: 'soon', c: '7.5' }),
    ).toBe('on request soon 7,50');
    expect(html('{{ a | money }}', { a: '<b>\u00a0' })).toBe('&lt;b&gt;');
  });

  it('has the words now and today', () => {
    expect(text('{{ "now" | datetime }}, {{ "today" | date: "%-d.%-m." }}')).toBe(
      '01 July 2026 at 08:30, 1.7.',
    );
  });

  it('renders with the settings of each message, one after the other', () => {
    const template = { text: '{{ a | money }} {{ "now" | time }}' };
    const us = { ...defaultTenantSettings, locale: 'en-US', currency: 'USD', timezone: 'America/New_York' };
    const first = renderer.renderWhatsApp(template, makeContext({ a: 1500 }, { settings: us })).text;
    const second = renderer.renderWhatsApp(template, makeContext({ a: 1500 })).text;
    expect([first, second]).toEqual(['$1,500.00 2:30 AM', 'R 1 500,00 08:30']);
  });
});

describe('broken templates', () => {
  it.each([
    ['a\n{{ b', 2, 'output "{{ b" not closed'],
    ['a\n\n{% if a %}b', 3, 'tag {% if a %} not closed'],
    ['{{ a | monee }}', 1, 'there is no filter "monee"'],
    ['\n{% foo %}', 2, 'there is no tag "foo"'],
    ['{% include "/etc/passwd" %}', 1, 'there is no tag "include"'],
    ['{% render "x" %}', 1, 'there is no tag "render"'],
    ['{% layout "x" %}', 1, 'there is no tag "layout"'],
    ['{{ a | date_to_string }}', 1, 'there is no filter "date_to_string"'],
    ['{% if %}x{% endif %}', 1, 'invalid value expression: ""'],
  ])('%j fails with its line and reason', (template, line, reason) => {
    const error = failure(() => text(template));
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'template_invalid', httpStatus: 422, part: 'text', line, reason });
    expect(error.message).toBe(`Line ${line} of the text template: ${reason}`);
    expect(renderer.checkTemplate({ text: template })).toEqual([{ part: 'text', line, message: reason }]);
  });

  it('names the part', () => {
    expect(renderer.checkTemplate({ subject: '{{ a', text: '{{ b }}', html: '<p>\n{{ c | d }}' })).toEqual([
      { part: 'subject', line: 1, message: 'output "{{ a" not closed' },
      { part: 'html', line: 2, message: 'there is no filter "d"' },
    ]);
    expect(failure(() => subject('{% x %}')).part).toBe('subject');
    expect(failure(() => html('{% x %}')).part).toBe('html');
  });

  it.each([
    'x\n{{ client name }}',
    'x\n{% if a b %}y{% endif %}',
    'x\n{% assign c = a b %}',
    '{% if a %}\n{{ a "b" }}{% endif %}',
  ])('refuses to save %j, which Liquid would take', (template) => {
    expect(renderer.checkTemplate({ text: template })).toEqual([
      { part: 'text', line: 2, message: expect.stringContaining('is not clear') as string },
    ]);
  });

  it.each([
    '{% if a and b or c == 1 %}{{ a }}{% endif %}',
    '{% if not a %}x{% endif %}',
    '{% for i in (1..3) reversed %}{{ forloop.index }}: {{ i }}{% endfor %}',
    '{% case a %}{% when 1, 2 %}x{% else %}y{% endcase %}',
    '{{ a | default: "b", allow_false: true | upcase }}{% cycle "x", "y" %}{% comment %}{{ a b }}{% endcomment %}',
    '{% liquid\nassign x = 1\necho x\n%}{% tablerow i in a cols: 2 %}{{ i }}{% endtablerow %}',
  ])('takes %j', (template) => {
    expect(renderer.checkTemplate({ subject: template, text: template, html: template })).toEqual([]);
  });

  it('does not remember what failed as good', () => {
    expect(failure(() => text('{{ a | monee }}')).reason).toBe(failure(() => text('{{ a | monee }}')).reason);
  });
});

describe('templates that never end', () => {
  const loops = [
    '{% for i in (1..4000000) %}{% for j in (1..1000000) %}{{ i }}{% endfor %}{% endfor %}',
    '{% for i in (1..1000000) %}{% for j in (1..1000000) %}{% endfor %}{% endfor %}',
  ];
  it.each(loops)('stops %j', (template) => {
    expect(failure(() => text(template))).toMatchObject({ code: 'template_invalid', part: 'text', line: 1 });
    expect(failure(() => html(template)).reason).toMatch(
      /takes longer than 250 ms, is there a loop|produces too much/,
    );
  });

  it.each([
    ['{{ (1..100000000) | size }}'],
    ["{% assign s = 'aaaaaaaaaa' %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}{{ s }}"],
    [
      '{% capture s %}aaaaaaaaaa{% endcapture %}{% for i in (1..40) %}{% capture s %}{{ s | raw }}{{ s | raw }}{% endcapture %}{% endfor %}{{ s | raw }}',
    ],
    ['{% for i in (1..100000) %}{{ big }}{% endfor %}'],
    ['{% for i in (1..100000) %}{{ big | raw }}{% endfor %}'],
    [`{% for i in (1..1000) %}${'y'.repeat(90_000)}{% endfor %}`],
    ['{{ (1..4900000) | find: "a", 3 }}'],
    ['{{ (1..4900000) | where: "a" | size }}'],
    ['{{ big | replace: "x", big }}'],
  ])('refuses to produce without end: %j', (template) => {
    const data = { big: 'x'.repeat(1_000_000) };
    expect(failure(() => text(template, data)).reason).toMatch(/too much text/);
    expect(failure(() => html(template, data)).reason).toMatch(/too much text/);
  });

  it('refuses what is too large or too deep to parse', () => {
    expect(failure(() => text('{{a}}'.repeat(5_001))).reason).toBe('has more than 5000 tags');
    expect(failure(() => text('x'.repeat(600_001))).reason).toMatch(/is longer than 600000 characters/);
    const deep = `${'{% if a %}'.repeat(2_400)}x${'{% endif %}'.repeat(2_400)}`;
    expect(failure(() => text(deep, { a: 1 })).reason).toBe('is nested too deeply');
  });

  it('still prints a text of the largest size that an event may hold', () => {
    const big = 'x & y '.repeat(166_666);
    expect(text('{{ big }}', { big })).toHaveLength(big.length - 1);
    expect(html('{{ big }}', { big })).toHaveLength(big.trim().length + 4 * 166_666);
  });

  it('gives a message a second chance when the clock jumps, as it does when a machine sleeps', () => {
    let jumps = 0;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => {
      // The second look at the clock is an hour later than the first, once.
      jumps += 1;
      return now() + (jumps >= 2 ? 3_600_000 : 0);
    });
    expect(text('Hello {{ name }}', { name: 'Thandi' })).toBe('Hello Thandi');
    expect(jumps).toBeGreaterThan(3);
  });
});

describe('preview', () => {
  const fields = { required: { client_email: 'email' as const }, optional: { client_name: 'text' as const } };

  it('renders both channels and names variables that nobody declared', () => {
    const preview = renderer.preview(
      {
        email: {
          subject: 'Hi {{ client_name }}',
          text: '{{ client_nmae }} {{ company_name }} {{ tenant.name }} {% assign x = 1 %}{{ x }}',
        },
        whatsapp: { text: '*{{ client_name }}* {% if foo %}{% endif %}{{ attachments.size }}' },
      },
      makeContext({ client_name: 'Thandi' }),
      fields,
    );
    expect(preview.problems).toEqual([]);
    expect(preview.email?.subject).toBe('Hi Thandi');
    expect(preview.whatsapp).toEqual({ text: '*Thandi*' });
    expect(preview.unknownFields).toEqual(['client_nmae', 'foo']);
  });

  it('says what is wrong instead of throwing, and shows the rest', () => {
    const preview = renderer.preview(
      {
        email: { subject: '{{ a', text: '{{ b c }}', html: '{% for i in (1..4900000) %}{% endfor %}' },
        whatsapp: { text: 'Hello' },
      },
      makeContext({}),
      fields,
    );
    expect(preview.email).toBeUndefined();
    expect(preview.whatsapp).toEqual({ text: 'Hello' });
    expect(preview.problems).toEqual([
      { channel: 'email', part: 'subject', line: 1, message: 'output "{{ a" not closed' },
      {
        channel: 'email',
        part: 'text',
        line: 1,
        message: expect.stringContaining('{{ b c }} is not clear') as string,
      },
    ]);
  });

  it('finds what shows only in rendering', () => {
    const { problems } = renderer.preview(
      { whatsapp: { text: '{% for i in (1..4900000) %}{% endfor %}' } },
      makeContext({}),
      fields,
    );
    expect(problems).toMatchObject([{ channel: 'whatsapp', part: 'text', line: 1 }]);
  });
});

describe('where a date or an amount runs from right to left', () => {
  it.each([
    ['he-IL', 'ILS'],
    ['ar-EG', 'EGP'],
    ['fa-IR', 'IRR'],
  ])('it keeps its place in an English sentence: %s', (locale, currency) => {
    const settings = { ...defaultTenantSettings, locale, currency };
    const { text: written } = renderer.renderWhatsApp(
      { text: 'Invoice {{ n }} of {{ due | date }} over {{ total | money }}, 3 items' },
      makeContext({ n: 'INV-7', due: '2026-11-30', total: 1500 }, { settings }),
    );
    expect(written).toMatch(
      /^Invoice INV-7 of \u2068[^\u2068\u2069]+\u2069 over \u2068[^\u2068\u2069]+\u2069, 3 items$/,
    );
  });

  it('adds nothing where all runs from left to right', () => {
    expect(text('{{ due | date }} {{ total | money }}', { due: '2026-11-30', total: 1500 })).toBe(
      '30 November 2026 R 1 500,00',
    );
  });
});
