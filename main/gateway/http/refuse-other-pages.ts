import type { RequestHead } from '../auth/client-address';
import { GatewayError } from '../errors';
import type { RouteRule } from './route-rules';

/**
 * Answers for programs are nothing for pages of others: these can make a browser ask from wherever it runs.
 * @throws GatewayError `foreign_page` (403)
 */
export function refuseOtherPages(rule: Pick<RouteRule, 'audience'>, { headers }: RequestHead): void {
  if (rule.audience !== 'programs') return;
  const site = headers['sec-fetch-site'];
  if (headers.origin === undefined && site === undefined) return;
  if (headers.origin === undefined ? !isOtherSite(site, headers['sec-fetch-mode']) : isOwn(headers)) return;
  throw new GatewayError('foreign_page', 'Pages of others may not ask for that.', 403);
}

/** `none` is typed or from a bookmark; whoever follows a link sees the answer, and the page does not. */
function isOtherSite(site: string | string[] | undefined, mode: string | string[] | undefined): boolean {
  return site !== 'same-origin' && site !== 'none' && mode !== 'navigate';
}

function isOwn({ origin = '', host = '' }: RequestHead['headers']): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
