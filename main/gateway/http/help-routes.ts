import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Router } from 'express';
import { findDist } from '../dist-folder';
import { GatewayError } from '../errors';
import { renderHelpPage, type HelpEntry } from './help-pages';
import { mountOpenRoute, type RouteRequest } from './mount-route';
import { sendPlainPage } from './plain-page';

const pageName = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const pictureName = /^[a-z0-9]+(-[a-z0-9]+)*\.(png|webp)$/;

/** The handbook of `docs/`, rendered here: an office without internet has it, too. */
export function createHelpRoutes(folder = join(findDist(), '..', 'docs')): Router {
  const router = Router();

  async function send(request: RouteRequest, response: Parameters<typeof sendPlainPage>[1], name: string) {
    const text = pageName.test(name)
      ? await readFile(join(folder, `${name}.md`), 'utf8').catch(() => undefined)
      : undefined;
    if (text === undefined) throw notFound(request, await isThere(folder));
    const base = request.path === '/help' ? 'help' : '.';
    await sendPlainPage(request, response, await renderHelpPage(text, await listPages(folder), base));
  }

  mountOpenRoute(router, 'GET /help', undefined, ({ request, response }) => {
    if (request.path !== '/help') {
      response.redirect(307, '../help');
      return undefined;
    }
    return send(request, response, 'index');
  });
  mountOpenRoute(router, 'GET /help/:page', undefined, ({ request, response }) =>
    send(request, response, String(request.params['page'])),
  );
  mountOpenRoute(router, 'GET /help/images/:file', undefined, async ({ request, response }) => {
    const name = String(request.params['file']);
    const content = pictureName.test(name)
      ? await readFile(join(folder, 'images', name)).catch(() => undefined)
      : undefined;
    if (content === undefined) throw notFound(request, true);
    response.setHeader('Content-Type', name.endsWith('.png') ? 'image/png' : 'image/webp');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'max-age=3600');
    response.end(content);
  });
  return router;
}

/** Every page by its first heading, in the order of the contents page. */
async function listPages(folder: string): Promise<HelpEntry[]> {
  const names = (await readdir(folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -3));
  const index = await readFile(join(folder, 'index.md'), 'utf8').catch(() => '');
  const place = (name: string) => {
    const at = index.indexOf(`(${name}.md)`);
    return at === -1 ? Number.MAX_SAFE_INTEGER : at;
  };
  return Promise.all(
    names
      .filter((name) => name !== 'index')
      .sort((a, b) => place(a) - place(b) || a.localeCompare(b))
      .map(async (name) => ({ name, title: await titleOf(join(folder, `${name}.md`)) })),
  );
}

async function titleOf(path: string): Promise<string> {
  const [first = ''] = (await readFile(path, 'utf8')).split('\n', 1);
  return first.replace(/^#+\s*/, '');
}

async function isThere(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => undefined))?.isDirectory() === true;
}

function notFound(request: RouteRequest, hasHelp: boolean): GatewayError {
  return hasHelp
    ? new GatewayError('not_found', `There is no ${request.path} here.`, 404)
    : new GatewayError('help_missing', 'This gateway was installed without its help.', 404);
}
