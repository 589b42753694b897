import {
  IfTag,
  isTruthy,
  Output,
  TypeGuards,
  type Context,
  type Emitter,
  type Template,
  type Token,
} from 'liquidjs';

/** How `simplifyTemplates` gets from a value to the text in the message. */
export interface DirectPrinting {
  /** the filters that can be called without arguments and without Liquid's context */
  readonly filters: ReadonlyMap<string, (value: unknown) => unknown>;
  readonly print: (value: unknown, context: Context) => string;
}

const plainOutput = /^\{\{-?\s*([A-Za-z_]\w*)\s*(?:\|\s*([a-z_]+)\s*)?-?\}\}$/;
const plainCondition = /^\{%-?\s*if\s+([A-Za-z_]\w*)\s*-?%\}$/;
/** Words of Liquid that are not variables, or that mean something else on an object. */
const notVariables = new Set(['true', 'false', 'nil', 'null', 'empty', 'blank', 'size', 'first', 'last']);

/** A template without generators: `write` has done everything when it returns. */
class DirectTemplate implements Template {
  constructor(
    readonly token: Token,
    private readonly write: (context: Context, emitter: Emitter) => void,
  ) {}

  render(context: Context, emitter: Emitter): void {
    this.write(context, emitter);
  }
}

/**
 * Replaces text, `{{ name }}`, `{{ name | filter }}` and `{% if name %}` around these by templates that
 * render without Liquid's generators, which take most of the time. Most templates hold little else:
 * they render several times faster, with the same result. What is not that plain stays as it is, and so
 * does what is inside of loops.
 */
export function simplifyTemplates(templates: readonly Template[], printing: DirectPrinting): Template[] {
  return templates.map((template) => {
    if (TypeGuards.isHTMLToken(template.token)) {
      const text = template.token.getContent();
      return new DirectTemplate(template.token, (_context, emitter) => emitter.write(text));
    }
    if (template instanceof Output) return simplifyOutput(template, printing);
    if (template instanceof IfTag) return simplifyCondition(template, printing);
    return template;
  });
}

function simplifyOutput(output: Output, { filters, print }: DirectPrinting): Template {
  const [, name, filterName] = plainOutput.exec(output.token.getText()) ?? [];
  if (name === undefined || notVariables.has(name)) return output;
  if (filterName === undefined) {
    return new DirectTemplate(output.token, (context, emitter) =>
      emitter.write(print(readVariable(context, name), context)),
    );
  }
  const filter = filters.get(filterName);
  if (filter === undefined) return output;
  return new DirectTemplate(output.token, (context, emitter) =>
    emitter.write(print(filter(readVariable(context, name)), context)),
  );
}

function simplifyCondition(tag: IfTag, printing: DirectPrinting): Template {
  const [, name] = plainCondition.exec(tag.token.getText()) ?? [];
  const [branch, ...furtherBranches] = tag.branches;
  if (name === undefined || notVariables.has(name) || branch === undefined || furtherBranches.length > 0) {
    return tag;
  }
  const whenTrue = simplifyTemplates(branch.templates, printing);
  const otherwise = simplifyTemplates(tag.elseTemplates ?? [], printing);
  // Anything else may break out of its surroundings (`break`), which is Liquid's business.
  if (![...whenTrue, ...otherwise].every((template) => template instanceof DirectTemplate)) return tag;
  return new DirectTemplate(tag.token, (context, emitter) => {
    const chosen = isTruthy(readVariable(context, name), context) ? whenTrue : otherwise;
    for (const template of chosen) template.render(context, emitter);
  });
}

/** Outside of loops a variable is what `assign` and `capture` made of it, or the event's. */
function readVariable(context: Context, name: string): unknown {
  const assigned = context.bottom() as Record<string, unknown>;
  return name in assigned ? assigned[name] : (context.environments as Record<string, unknown>)[name];
}
