import type { overviewCalls } from '../../contracts/console/overview-calls';
import type { ConsoleParts, HandlersOf } from './console-parts';

/** What somebody sees first. */
export function createOverviewHandlers({
  overview,
}: Pick<ConsoleParts, 'overview'>): HandlersOf<typeof overviewCalls> {
  return { 'overview.get': ({ customerId }) => overview.get(customerId) };
}
