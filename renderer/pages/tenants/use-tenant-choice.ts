import { useSearchParams } from 'react-router';
import { tenantOrders, tenantViews, type TenantChoice } from './list-tenants';

/** What is chosen stands in the address: a link and the way back show the same list. */
export function useTenantChoice(): {
  readonly choice: TenantChoice;
  readonly choose: (part: Partial<TenantChoice>) => void;
} {
  const [params, setParams] = useSearchParams();
  const [order = 'name', direction] = (params.get('sort') ?? '').split('-');
  const choice: TenantChoice = {
    view: tenantViews.find((view) => view === params.get('show')) ?? 'all',
    order: tenantOrders.find((one) => one === order) ?? 'name',
    isReversed: direction === 'reversed',
    search: params.get('search') ?? '',
  };
  const choose = (part: Partial<TenantChoice>) => {
    const next = { ...choice, ...part };
    const sort = `${next.order}${next.isReversed ? '-reversed' : ''}`;
    setParams(
      {
        ...(next.view === 'all' ? {} : { show: next.view }),
        ...(sort === 'name' ? {} : { sort }),
        ...(next.search === '' ? {} : { search: next.search }),
      },
      { replace: true },
    );
  };
  return { choice, choose };
}
