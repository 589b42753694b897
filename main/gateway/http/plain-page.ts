import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import helmet from 'helmet';
import { escapeHtml } from '../messages/escape-html';
import type { RouteRequest } from './mount-route';
import { setGuard } from './set-guard';

const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566173; --paper: #f6f7f9; --card: #fff; --line: #d9dee6;
  --link: #1b5fc1; --good: #14713d; --warn: #8a5300; --code: #eef1f5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #a3adbb; --paper: #14181e; --card: #1c2129;
  --line: #343c48; --link: #84b4f8; --good: #6fd199; --warn: #f0b45c; --code: #262d37; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
a { color: var(--link); }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
h1.good { color: var(--good); }
nav { font-size: .9rem; margin-bottom: 1rem; }
p.soft, .soft { color: var(--soft); }
.warning { border-left: 4px solid var(--warn); background: var(--card); padding: .6rem 1rem; margin: 1rem 0; }
pre, code, kbd { font: .86rem/1.5 ui-monospace, Consolas, monospace; }
code { background: var(--code); border-radius: 4px; padding: .1em .3em; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); font-size: .93rem; }
th, td { border: 1px solid var(--line); padding: .4rem .7rem; text-align: left; vertical-align: top; }
td code { overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 8px; }
ul, ol { padding-left: 1.4rem; }
`;

/** Its own styles, its own pictures, no script at all. */
const guard = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${createHash('sha256').update(style).digest('base64')}'`],
      imgSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Whether to use TLS is the operator's choice; a browser must not insist on it for the whole host.
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
});

/** Answers with a page for people that needs no script: `/connect`, `/help`. `body` is HTML. */
export async function sendPlainPage(
  request: RouteRequest,
  response: ServerResponse,
  page: { readonly title: string; readonly body: string },
): Promise<void> {
  await setGuard(guard, request, response);
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Cache-Control', 'no-cache');
  response.end(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)}</title>
<style>${style}</style>
</head>
<body><main>
${page.body}
</main></body>
</html>
`);
}
