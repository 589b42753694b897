import { Liquid, LiquidError, toValue, type Context, type Template } from 'liquidjs';
import { LRUCache } from 'lru-cache';
import { errorText } from '../errors';
import { escapeHtml } from './escape-html';
import { findMalformedExpression } from './find-malformed-expression';
import { printValue } from './print-value';
import { registerFilters, type FilterScope } from './register-filters';
import { simplifyTemplates } from './simplify-templates';
import { TemplateError, type TemplatePart } from './template-error';

/** What a template sees, and how amounts and times are written in it. */
export interface TemplateScope extends FilterScope {
  readonly variables: object;
}

export interface TemplateEngine {
  /** Throws TemplateError. */
  render(part: TemplatePart, source: string, scope: TemplateScope): string;
  /** Parses without rendering and without keeping the result. Throws TemplateError. */
  check(part: TemplatePart, source: string): void;
  /** The top-level variables that a template uses. Throws TemplateError. */
  listVariables(part: TemplatePart, source: string): string[];
}

/** Limits of one part of one message. Ours take 0.1 ms and 10 kB: these stop what is broken or hostile. */
const templateLimits = {
  sourceCharacters: 600_000,
  /** `{{ … }}` and `{% … %}` together; parsing takes more than linear time in them */
  tags: 5_000,
  renderMs: 250,
  /** characters and list entries that filters and outputs may produce, as Liquid counts them */
  memoryUnits: 5_000_000,
  outputCharacters: 5_000_000,
};

/** Templates and their parse trees that are kept: some hundred tenants with templates of their own. */
const keptTemplates = 500;
const keptCharacters = 8_000_000;

/** They reach for other templates, in files: there are none. */
const removedTags = ['include', 'render', 'layout', 'block'];

/**
 * Liquid for one kind of output. `html` escapes whatever a template prints (`raw` as the last filter
 * lets it through); `plain` prints as it is. Rendering is synchronous.
 */
export function createTemplateEngine(output: 'plain' | 'html'): TemplateEngine {
  const parsed = new LRUCache<string, Template[]>({
    max: keptTemplates,
    maxSize: keptCharacters,
    // The empty template counts too: a size is at least 1.
    sizeCalculation: (_templates, source) => source.length + 1,
  });
  // Filters need the tenant's formats. Rendering is synchronous, so there is one current scope at a time.
  let current: TemplateScope | null = null;

  const liquid = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    // An empty map instead of the file system.
    templates: {},
    parseLimit: templateLimits.sourceCharacters,
    renderLimit: templateLimits.renderMs,
    memoryLimit: templateLimits.memoryUnits,
    outputEscape: function (this: { context: Context }, value: unknown): string {
      return print(value, this.context);
    },
  });
  for (const name of removedTags) Reflect.deleteProperty(liquid.tags, name);
  const filters = registerFilters(liquid, output, () => current);

  function print(value: unknown, context: Context): string {
    // Liquid's own objects (`empty`, `forloop`) say what they stand for.
    const text = printValue(toValue(value));
    context.memoryLimit.use(text.length);
    return output === 'html' ? escapeHtml(text) : text;
  }

  function parse(part: TemplatePart, source: string): Template[] {
    if (countTags(source) > templateLimits.tags) {
      throw new TemplateError(part, undefined, `has more than ${templateLimits.tags} tags`);
    }
    try {
      return liquid.parse(source);
    } catch (thrown) {
      throw describeFailure(part, thrown);
    }
  }

  function renderOnce(templates: Template[], scope: TemplateScope): string {
    current = scope;
    try {
      return String(liquid.renderSync(templates, scope.variables));
    } finally {
      current = null;
    }
  }

  return {
    render(part, source, scope) {
      let templates = parsed.get(source);
      if (templates === undefined) {
        templates = simplifyTemplates(parse(part, source), { filters, print });
        parsed.set(source, templates);
      }
      let text: string;
      try {
        text = renderOnce(templates, scope);
      } catch (thrown) {
        if (!isTimeLimit(thrown)) throw describeFailure(part, thrown);
        // The limit is wall-clock time: a machine that was put to sleep in mid-render must not cost a
        // message. A template that is too slow is too slow the second time as well.
        try {
          text = renderOnce(templates, scope);
        } catch (thrownAgain) {
          throw describeFailure(part, thrownAgain);
        }
      }
      if (text.length > templateLimits.outputCharacters) {
        throw new TemplateError(part, undefined, tooMuch);
      }
      return text;
    },
    check(part, source) {
      const malformed = findMalformedExpression(parse(part, source));
      if (malformed === undefined) return;
      const { token } = malformed;
      const reason = `${shorten(token.getText())} is not clear: an operator, a comma or a | is missing`;
      throw new TemplateError(part, token.getPosition()[0], reason);
    },
    listVariables(part, source) {
      return Object.keys(liquid.analyzeSync(parse(part, source)).globals);
    },
  };
}

function countTags(source: string): number {
  let count = 0;
  for (let at = source.indexOf('{'); at !== -1; at = source.indexOf('{', at + 1)) {
    const next = source.charCodeAt(at + 1);
    if (next === 0x7b || next === 0x25) {
      count += 1;
      at += 1;
    }
  }
  return count;
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

function isTimeLimit(thrown: unknown): boolean {
  return errorText(thrown).startsWith('template render limit');
}

/** Liquid's words, as a sentence for whoever wrote the template. */
function describeFailure(part: TemplatePart, thrown: unknown): TemplateError {
  const line = LiquidError.is(thrown) ? thrown.token.getPosition()[0] : undefined;
  const text = errorText(thrown).replace(/(?:, line:\d+, col:\d+)+$/, '');
  const known = plainWords.find(([pattern]) => pattern.test(text));
  const reason = known === undefined ? text : text.replace(known[0], known[1]);
  return new TemplateError(part, line, reason, { cause: thrown });
}

const tooMuch = 'produces too much text, or works on too long a list';
const plainWords: readonly (readonly [RegExp, string])[] = [
  [/^undefined filter: (.*)$/s, 'there is no filter "$1"'],
  [/^tag "(.*)" not found$/s, 'there is no tag "$1"'],
  [
    /^template render limit exceeded.*$/s,
    `takes longer than ${templateLimits.renderMs} ms, is there a loop?`,
  ],
  [/^memory alloc limit exceeded.*$/s, tooMuch],
  [/^Invalid string length.*$/s, tooMuch],
  [/^parse length limit exceeded.*$/s, `is longer than ${templateLimits.sourceCharacters} characters`],
  [/^Cannot convert object to primitive value.*$/s, 'prints a value that is not a text'],
  [/^Maximum call stack size exceeded.*$/s, 'is nested too deeply'],
];
