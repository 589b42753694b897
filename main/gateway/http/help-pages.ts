import { escapeHtml } from '../messages/escape-html';

export interface HelpEntry {
  readonly name: string;
  readonly title: string;
}

/**
 * Markdown of `docs/` as HTML. Links among the pages lead to where this gateway serves them; raw HTML is shown as
 * text, and only http, https and own addresses are links.
 * @param base what stands before a page's name in a link: `help` at /help, `.` beneath it
 */
export async function renderHelpPage(
  markdown: string,
  entries: readonly HelpEntry[],
  base: 'help' | '.',
): Promise<{ title: string; body: string }> {
  // Loaded when somebody asks for help.
  const { Marked } = await import('marked');
  const marked = new Marked({
    async: false,
    gfm: true,
    renderer: {
      // Marks for scripts are nothing to read.
      html: ({ text }) => (/^<!--[^]*-->\s*$/.test(text) ? '' : escapeHtml(text)),
      heading(token) {
        const text = this.parser.parseInline(token.tokens);
        return `<h${token.depth} id="${toAnchor(token.text)}">${text}</h${token.depth}>\n`;
      },
      link(token) {
        const text = this.parser.parseInline(token.tokens);
        const href = toHelpLink(token.href, base);
        return href === undefined ? text : `<a href="${escapeHtml(href)}">${text}</a>`;
      },
      image({ href, text }) {
        const picture = /^images\/([a-z0-9-]+\.(?:png|webp))$/.exec(href);
        return picture
          ? `<img src="${base}/images/${picture[1] ?? ''}" alt="${escapeHtml(text)}">`
          : escapeHtml(text);
      },
    },
  });
  const [first = ''] = markdown.split('\n', 1);
  const title = first.replace(/^#+\s*/, '');
  const html = marked.parse(markdown) as string;
  return {
    title: `${title} · Modular Gateway`,
    body: `<nav><a href="${base === 'help' ? 'help' : '../help'}">Help</a></nav>
${html.replaceAll('<pre>', '<pre tabindex="0">').replaceAll('<table>', '<div class="wide" tabindex="0"><table>').replaceAll('</table>', '</table></div>')}
<h2>All pages</h2>
<ul>${entries
      .map(({ name, title: text }) => `<li><a href="${base}/${name}">${escapeHtml(text)}</a></li>`)
      .join('')}</ul>`,
  };
}

/** As GitHub makes them, so that links within `docs/` lead to the same place in both. */
function toAnchor(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function toHelpLink(href: string, base: string): string | undefined {
  if (/^https?:\/\//.test(href)) return href;
  // A path of this gateway, as the pages are served from it.
  if (/^\/[a-z0-9./_-]*$/i.test(href)) return base === 'help' ? href.slice(1) : `..${href}`;
  const page = /^([a-z0-9-]+)\.md(#[\p{L}\p{N}_-]+)?$/u.exec(href);
  if (page)
    return page[1] === 'index'
      ? base === 'help'
        ? 'help'
        : '../help'
      : `${base}/${page[1] ?? ''}${page[2] ?? ''}`;
  return /^#[\p{L}\p{N}_-]+$/u.test(href) ? href : undefined;
}
