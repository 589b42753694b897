import { html, type Markup } from './html';

interface PageLink {
  readonly path: string;
  readonly title: string;
}

const pageLinks: readonly PageLink[] = [
  { path: '/', title: 'Demo' },
  { path: '/mails', title: 'Mails' },
  { path: '/webhooks', title: 'Webhooks' },
  { path: '/phone', title: 'Phone' },
];

/** A whole page; what is marked `data-live` is kept up to date by page-updates.js. */
export function layOutPage(title: string, path: string, content: Markup): string {
  const links = pageLinks.map(
    (link) =>
      html`<a href="${link.path}" ${link.path === path ? html` aria-current="page"` : undefined}
        >${link.title}</a
      >`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} · Modular Gateway demo</title>
        <link rel="stylesheet" href="/page.css" />
        <link rel="icon" href="data:," />
        <script src="/page-updates.js" defer></script>
      </head>
      <body>
        <header>
          <strong>Modular Gateway</strong>
          <nav aria-label="Pages of the demo">${links}</nav>
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.text;
}

/** 14:05:09, of this machine's clock */
export function showTime(at: Date | string): Markup {
  const time = new Date(at);
  return html`<time datetime="${time.toISOString()}">${time.toLocaleTimeString('en-GB')}</time>`;
}
