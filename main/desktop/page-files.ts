import { extname, join, sep } from 'node:path';

/** What the build of the pages makes; nothing else is given out. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** The file in `folder` that an address of `origin` names; undefined where it names none, or one outside. */
export function findPageFile(
  folder: string,
  address: string,
  origin: string,
): { readonly path: string; readonly contentType: string } | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (`${url.protocol}//${url.host}` !== origin) return undefined;
  let name: string;
  try {
    name = decodeURIComponent(url.pathname);
  } catch {
    return undefined;
  }
  // A backslash is a separator on Windows, and a NUL ends a path for the system.
  if (name.includes('\\') || name.includes('\0')) return undefined;
  const path = join(folder, name === '/' ? 'index.html' : name);
  const contentType = contentTypes[extname(path)];
  if (contentType === undefined || !path.startsWith(folder + sep)) return undefined;
  return { path, contentType };
}
