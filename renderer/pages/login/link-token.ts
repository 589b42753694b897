/// <reference lib="dom" />

/** The token of a one-time link: `#/login?token=…`. The hash is never sent to a server or a proxy. */
export function readLinkToken(): string | undefined {
  const [path, query] = window.location.hash.slice(1).split('?');
  if (path !== '/login') return undefined;
  return new URLSearchParams(query).get('token') ?? undefined;
}

/** It works once: nobody needs it in the history of the browser. */
export function removeLinkToken(): void {
  window.history.replaceState(null, '', `${window.location.pathname}#/`);
}
