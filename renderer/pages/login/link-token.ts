/// <reference lib="dom" />

/** The token of a one-time link: `#/login?token=…`. The hash is never sent to a server or a proxy. */
export function readLinkToken(): string | undefined {
  return findLinkToken(window.location.hash);
}

/** The token in an address, or in the part of it behind `#`. */
export function findLinkToken(text: string): string | undefined {
  const query = /#\/login\?(.*)$/.exec(text.trim())?.[1];
  return new URLSearchParams(query).get('token') ?? undefined;
}

/** The token of an invitation: `#/invitation?token=…`. */
export function readInvitationToken(): string | undefined {
  const query = /^#\/invitation\?(.*)$/.exec(window.location.hash)?.[1];
  return new URLSearchParams(query).get('token') ?? undefined;
}

/** It works once: nobody needs it in the history of the browser. */
export function removeLinkToken(): void {
  window.history.replaceState(null, '', `${window.location.pathname}#/`);
}
