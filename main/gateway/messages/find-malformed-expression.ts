import { toValueSync, TypeGuards, Value, type Expression, type Template } from 'liquidjs';

/**
 * Finds an expression that Liquid takes and that nobody can have meant: `{{ client name }}` prints
 * `client`, without a word. Returns the template that holds it.
 */
export function findMalformedExpression(templates: readonly Template[]): Template | undefined {
  for (const template of templates) {
    for (const argument of template.arguments?.() ?? []) {
      if (argument instanceof Value && !isWhole(argument.initial)) return template;
    }
    const children = template.children === undefined ? [] : toValueSync(template.children(false, true));
    const found = findMalformedExpression(children);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One value is left when all operators have taken theirs. */
function isWhole({ postfix }: Expression): boolean {
  let values = 0;
  for (const token of postfix) {
    if (!TypeGuards.isOperatorToken(token)) values += 1;
    else if (token.operator !== 'not') values -= 1;
    if (values < 1) return false;
  }
  return values === 1;
}
