/// <reference lib="dom" />

/** How a page script reaches the gateway and proves who it speaks for. */
export interface PageSettings {
  /** without a slash at the end */
  readonly gatewayUrl: string;
  /** from /auth/token */
  readonly token?: string;
  /** an address of the PHP app that answers `{"token": "…"}` to the logged-in user */
  readonly tokenUrl?: string;
  /** ids that the PHP app vouches for where there is no token (SESSION_VERIFY_URL, TRUSTED_SOURCES) */
  readonly customerId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  /** `auto` follows the system */
  readonly theme: 'auto' | 'light' | 'dark';
  /** `none`: no panel and no toasts, only `triggerEvent` and the DOM events */
  readonly panel: 'shown' | 'none';
}

const assetFolder = /\/assets\/js\/[^/]*$/;

/**
 * Reads the attributes of the script's own tag. Must be called while the script is first run: later nobody
 * knows which tag it came from.
 * @param fileName such as `websocket-sidebar.js`, for pages that import the script as a module
 */
export function readPageSettings(fileName: string): PageSettings {
  const tag = findOwnTag(fileName);
  const data = tag?.dataset ?? {};
  return {
    gatewayUrl: readGatewayUrl(data['gateway'], tag?.src),
    token: data['token'] || undefined,
    tokenUrl: data['tokenUrl'] ? absoluteUrl(data['tokenUrl']) : undefined,
    customerId: data['customerId'] || undefined,
    userId: data['userId'] || undefined,
    sessionId: data['sessionId'] || undefined,
    theme: data['theme'] === 'light' || data['theme'] === 'dark' ? data['theme'] : 'auto',
    panel: data['panel'] === 'none' ? 'none' : 'shown',
  };
}

function findOwnTag(fileName: string): HTMLScriptElement | undefined {
  if (document.currentScript instanceof HTMLScriptElement) return document.currentScript;
  const tags = Array.from(document.querySelectorAll<HTMLScriptElement>('script[src]'));
  return tags.find((tag) => new URL(tag.src).pathname.endsWith(`/${fileName}`));
}

/** The gateway's address: what the tag says, else where the script came from (a folder in front included). */
export function readGatewayUrl(named: string | undefined, scriptUrl: string | undefined): string {
  if (named) return absoluteUrl(named).replace(/\/+$/, '');
  if (!scriptUrl) return location.origin;
  const { origin, pathname } = new URL(scriptUrl);
  return assetFolder.test(pathname) ? origin + pathname.replace(assetFolder, '') : origin;
}

export function absoluteUrl(url: string): string {
  return new URL(url, document.baseURI).href;
}
