import { errorText } from '../errors';

/** What puppeteer says of a call whose page went on to another one under it, or was closed. */
export function isPageGone(thrown: unknown): boolean {
  return /execution context|navigat|promise was collected|detached/i.test(errorText(thrown));
}
