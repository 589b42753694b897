import fc from 'fast-check';

/** JSON Schema as far as the gateway's own documents use it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** Texts that break what is careless. */
export const nastyTexts = [
  '',
  ' ',
  '\u0000',
  'half \ud800 pair',
  '\udfff',
  "'; drop table websocket_events; --",
  `" or 1=1 --`,
  '$1',
  '%s%s%n',
  '{{ 7 | times: 7 }}',
  '{% for i in (1..99999999) %}x{% endfor %}',
  'a@example.com\r\nBcc: thief@example.com',
  'Subject\r\n\r\n<script>alert(1)</script>',
  '../../../../etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  '__proto__',
  'constructor',
  '2026-02-30',
  '2026-13-45T99:99:99Z',
  '9'.repeat(400),
  'é'.repeat(70_000),
  '\u202e\u2066',
  '[object Object]',
];

const nastyNumbers = [0, -0, -1, 1.5, 1e21, -1e308, 2 ** 31, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE];

/** Anything that JSON can carry, the worst first. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...nastyTexts),
  fc.constantFrom(...nastyNumbers),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], { __proto__: 1 }),
  fc.constant(JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}')),
  fc.integer({ min: 33, max: 3_000 }).map(nest),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 50 }),
);

/** A list in a list in a list … */
export function nest(depth: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { in: value };
  return value;
}

/** What fits the schema, with a hostile value in some places and a field missing in others. */
export function arbitraryOf(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 5, arbitrary: fittingValue(schema, schemas, 0) },
    { weight: 1, arbitrary: hostileValue },
  );
}

function fittingValue(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  depth: number,
): fc.Arbitrary<unknown> {
  const inner = (part: JsonSchema) =>
    depth > 4
      ? fc.constant(null)
      : fc.oneof(
          { weight: 6, arbitrary: fittingValue(part, schemas, depth + 1) },
          { weight: 1, arbitrary: hostileValue },
        );
  if (schema.$ref !== undefined) {
    const target = schemas[schema.$ref.split('/').at(-1) ?? ''];
    return target ? fittingValue(target, schemas, depth) : fc.jsonValue();
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf && schema.anyOf.length > 0) return fc.oneof(...schema.anyOf.map(inner));
  const [type] = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  switch (type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      return fc.record(Object.fromEntries(properties.map(([name, part]) => [name, inner(part)])), {
        requiredKeys: [...(schema.required ?? [])].filter((name) => schema.properties?.[name] !== undefined),
      });
    }
    case 'array':
      return fc.array(inner(schema.items ?? {}), { maxLength: 4 });
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1) });
    case 'number':
      return fc.oneof(fc.integer(), fc.double());
    case 'boolean':
      return fc.boolean();
    case 'string':
      return fittingText(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

const matching = new Map<string, fc.Arbitrary<string>>();

/** Made once for each pattern; a class of nearly all of Unicode takes fast-check seconds, and plain text fits it. */
function textMatching(pattern: string): fc.Arbitrary<string> {
  const known = matching.get(pattern);
  if (known) return known;
  const made = pattern.includes('\\P{') ? fc.string() : fc.stringMatching(new RegExp(pattern, 'u'));
  matching.set(pattern, made);
  return made;
}

function fittingText({ format, pattern }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'email') return fc.emailAddress();
  if (format === 'uri') return fc.webUrl();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (pattern !== undefined) return textMatching(pattern);
  return fc.oneof(
    fc.string(),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('invoice:sent', 'client', 'email'),
  );
}
