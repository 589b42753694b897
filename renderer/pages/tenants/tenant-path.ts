export const tenantTabs = [
  'overview',
  'channels',
  'keys',
  'limits',
  'templates',
  'types',
  'general',
] as const;
export type TenantTab = (typeof tenantTabs)[number];

/** Where a tenant's page is, with what is chosen on it. */
export function tenantPath(
  customerId: string,
  tab?: TenantTab,
  chosen: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({ ...(tab === undefined ? {} : { tab }), ...chosen }).toString();
  return `/tenants/${encodeURIComponent(customerId)}${query === '' ? '' : `?${query}`}`;
}
