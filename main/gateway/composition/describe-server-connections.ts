import type { ServerConnections } from '../console/console-parts';
import { describeConnections } from '../storage/describe-connections';
import type { ServerWatch } from '../storage/server-watch';

/** The system database's server, as the console shows it. */
export function describeServerConnections(
  watch: Pick<ServerWatch, 'budget' | 'figures'>,
  tenants: number,
): ServerConnections | undefined {
  const figures = watch.figures();
  if (!figures) return undefined;
  const { total, used, strangers, gateways } = figures;
  const { limit, used: open } = watch.budget.status();
  return { total, used, strangers, gateways, limit, open, ...describeConnections(figures, tenants) };
}
