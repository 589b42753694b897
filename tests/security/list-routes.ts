import type { Express } from 'express';

/** What Express keeps of what was registered; its own types do not tell. */
interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Record<string, boolean> };
  readonly handle: { readonly stack?: readonly Layer[] };
  /** mounted at the root, for every path */
  readonly slash?: boolean;
}

/**
 * Every route of an application as `GET /health`, sorted.
 * @throws for what is mounted below a path of its own: its routes could not be told
 */
export function listRoutes(application: Express): string[] {
  const found = (application.router as unknown as { stack: readonly Layer[] }).stack.flatMap(routesOf);
  return found.sort();
}

function routesOf(layer: Layer): string[] {
  const { route } = layer;
  if (route) {
    const paths = typeof route.path === 'string' ? [route.path] : route.path;
    const methods = Object.keys(route.methods).filter((method) => route.methods[method]);
    return paths.flatMap((path) => methods.map((method) => `${method.toUpperCase()} ${path}`));
  }
  if (layer.slash !== true) throw new Error('something is mounted below a path: give it routes of its own');
  return (layer.handle.stack ?? []).flatMap(routesOf);
}
