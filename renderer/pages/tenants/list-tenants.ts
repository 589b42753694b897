import type { TenantSummary } from '../../../main/contracts/console/tenant-calls';

export const tenantViews = ['all', 'failing', 'paused', 'notConnected'] as const;
export type TenantView = (typeof tenantViews)[number];
export const tenantOrders = ['name', 'waiting', 'failed', 'lastEvent'] as const;
export type TenantOrder = (typeof tenantOrders)[number];

const belongs: Readonly<Record<TenantView, (tenant: TenantSummary) => boolean>> = {
  all: () => true,
  failing: ({ failed, problem, health }) =>
    failed > 0 || problem !== null || Object.values(health).includes('down'),
  paused: ({ paused }) => paused,
  notConnected: ({ health }) => health.whatsapp === 'attention' || health.whatsapp === 'down',
};

const byName = (a: TenantSummary, b: TenantSummary) =>
  a.name.localeCompare(b.name) || a.customerId.localeCompare(b.customerId);
const atMs = ({ lastEventAt }: TenantSummary) => (lastEventAt === null ? 0 : Date.parse(lastEventAt));

/** Names from A; of numbers and times the largest and newest first, as that is what somebody looks for. */
const compare: Readonly<Record<TenantOrder, (a: TenantSummary, b: TenantSummary) => number>> = {
  name: byName,
  waiting: (a, b) => b.waiting - a.waiting || byName(a, b),
  failed: (a, b) => b.failed - a.failed || byName(a, b),
  lastEvent: (a, b) => atMs(b) - atMs(a) || byName(a, b),
};

export interface TenantChoice {
  readonly view: TenantView;
  readonly order: TenantOrder;
  readonly isReversed: boolean;
  readonly search: string;
}

/** What the list shows, in which order. */
export function listTenants(tenants: readonly TenantSummary[], choice: TenantChoice): TenantSummary[] {
  const wanted = choice.search.trim().toLocaleLowerCase();
  const found = tenants.filter(
    (tenant) =>
      belongs[choice.view](tenant) &&
      `${tenant.name}\n${tenant.customerId}`.toLocaleLowerCase().includes(wanted),
  );
  found.sort(compare[choice.order]);
  return choice.isReversed ? found.reverse() : found;
}

/** How many each view would show. */
export function countViews(tenants: readonly TenantSummary[]): Readonly<Record<TenantView, number>> {
  const count = (view: TenantView) => tenants.filter(belongs[view]).length;
  return {
    all: tenants.length,
    failing: count('failing'),
    paused: count('paused'),
    notConnected: count('notConnected'),
  };
}
