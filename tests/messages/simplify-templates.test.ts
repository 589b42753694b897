import fc from 'fast-check';
import { Liquid, toValue, type Context } from 'liquidjs';
import { expect, it } from 'vitest';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { escapeHtml } from '../../main/gateway/messages/escape-html';
import { createFormats } from '../../main/gateway/messages/formats';
import { printValue } from '../../main/gateway/messages/print-value';
import { registerFilters } from '../../main/gateway/messages/register-filters';
import { simplifyTemplates } from '../../main/gateway/messages/simplify-templates';

const print = (value: unknown, context: Context) => {
  const text = printValue(toValue(value));
  context.memoryLimit.use(text.length);
  return escapeHtml(text);
};
const liquid = new Liquid({
  strictFilters: true,
  templates: {},
  outputEscape: function (this: { context: Context }, value: unknown) {
    return print(value, this.context);
  },
});
const scope = {
  formats: createFormats()(defaultTenantSettings),
  currency: undefined,
  now: new Date('2026-07-01T06:30:00Z'),
};
const filters = registerFilters(liquid, 'html', () => scope);

const name = fc.constantFrom(
  'a',
  'b',
  'amount',
  'moment',
  'list',
  'nothing',
  'size',
  'empty',
  'true',
  'nil',
  'a.b',
  'list.first',
);
const output = fc
  .tuple(
    name,
    fc.constantFrom(
      '',
      '| money',
      '|date',
      '| time',
      '| datetime ',
      '| number',
      '| upcase',
      '| money: "USD"',
      '| default: b',
      '| escape',
      '| multiline',
    ),
    fc.constantFrom('', '-'),
  )
  .map(([variable, filter, dash]) => `{{${dash} ${variable} ${filter} ${dash}}}`);
const text = fc.constantFrom('text', ' ', '\n', '<p>', ' & ', 'x\n  ', '{ }', '{% raw %}{{ a }}{% endraw %}');
const { node } = fc.letrec<{ template: string; node: string }>((tie) => ({
  template: fc.array(tie('node'), { maxLength: 5 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    output,
    fc.constantFrom(
      '{% assign a = b %}',
      '{% assign b = empty %}',
      '{% capture a %}<i>{{ b }}</i>{% endcapture %}',
      '{% increment a %}',
      '{% break %}',
      '{% comment %}no{% endcomment %}',
    ),
    fc
      .tuple(name, tie('template'), fc.constantFrom('', '-'))
      .map(([n, inner, dash]) => `{%${dash} if ${n} ${dash}%}${inner}{% endif %}`),
    fc
      .tuple(name, tie('template'), tie('template'))
      .map(([n, yes, no]) => `{% if ${n} %}${yes}{% else %}${no}{% endif %}`),
    fc
      .tuple(name, tie('template'), tie('template'))
      .map(([n, yes, no]) => `{% if ${n} == b %}${yes}{% elsif a %}${no}{% endif %}`),
    fc.tuple(name, tie('template')).map(([n, inner]) => `{% unless ${n} %}${inner}{% endunless %}`),
    fc
      .tuple(fc.constantFrom('a', 'i'), tie('template'))
      .map(([n, inner]) => `{% for ${n} in list %}${inner}{{ ${n} }}{% endfor %}`),
  ),
}));
const value = fc.oneof(
  fc.constantFrom<unknown>(
    '<b>"x" & y</b>',
    '',
    1500,
    '1500.5',
    false,
    true,
    0,
    null,
    '2026-07-01 08:00:00',
    ['p', 'q'],
    { b: 'inner' },
  ),
  fc.string(),
);
const data = fc.record(
  {
    a: value,
    b: value,
    amount: value,
    moment: value,
    list: fc.constantFrom<unknown>([1, 2], [], 'abc', null),
  },
  { requiredKeys: [] },
);

it('renders exactly what Liquid renders', () => {
  let simplified = 0;
  fc.assert(
    fc.property(fc.array(node, { minLength: 2, maxLength: 8 }), data, (nodes, variables) => {
      const parsed = liquid.parse(nodes.join(''));
      const scopeOf = () => Object.assign(Object.create(null) as object, variables);
      const expected: unknown = liquid.renderSync(parsed, scopeOf());
      const direct = simplifyTemplates(parsed, { filters, print });
      simplified += direct.filter(
        (entry, i) => entry !== parsed[i] && /^\{[{%]/.test(entry.token.getText()),
      ).length;
      expect(liquid.renderSync(direct, scopeOf())).toBe(expected);
    }),
    { numRuns: 1_500 },
  );
  // Otherwise this would compare Liquid with itself.
  expect(simplified).toBeGreaterThan(300);
});

it('counts what it prints against the limit of memory', () => {
  const source = '{{ a }}{% if a %}{{ a }}{% endif %}';
  const direct = simplifyTemplates(liquid.parse(source), { filters, print });
  const variables = { a: 'x'.repeat(60) };
  expect(liquid.renderSync(direct, variables, { memoryLimit: 120 })).toHaveLength(120);
  expect(() => liquid.renderSync(direct, variables, { memoryLimit: 119 }) as unknown).toThrow(
    /memory alloc limit/,
  );
});
