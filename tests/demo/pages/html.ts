/** HTML that is safe to put into a page: only `html` makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

type Content = Markup | readonly Markup[] | string | number | undefined;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function print(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(({ text }) => text).join('');
  return String(content).replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

/** Escapes every value that is not markup itself. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(
    parts.map((part, index) => part + (index < contents.length ? print(contents[index]) : '')).join(''),
  );
}
