import type { Attention } from './overview-calls';

/** The page where a person solves it: the overview's list and the desktop's notifications lead there. */
export function attentionPage({
  kind,
  customerId,
  channel,
}: Pick<Attention, 'kind' | 'customerId' | 'channel'>): string {
  const tenant = customerId === null ? '/tenants' : `/tenants/${encodeURIComponent(customerId)}`;
  const filter = new URLSearchParams(customerId === null ? {} : { customerId });
  switch (kind) {
    case 'whatsapp_scan':
    case 'whatsapp_failed':
      return `/whatsapp?${filter}`;
    case 'failed_messages':
      filter.set('status', 'failed');
      return `/history?${filter}`;
    case 'unknown_outcomes':
      filter.set('status', 'unknown');
      return `/history?${filter}`;
    case 'channel_down':
      return channel === 'whatsapp' ? `/whatsapp?${filter}` : `${tenant}?tab=channels`;
    case 'tenant_database_away':
    case 'untakable_rows':
      return tenant;
    case 'webhook_off':
    case 'bounce_mailbox_failed':
      return `${tenant}?tab=channels`;
    case 'mail_login_plaintext':
    case 'mail_account_missing':
      return customerId === null ? '/settings?section=email' : `${tenant}?tab=channels`;
    case 'disk_full':
    case 'database_moved':
    case 'connections_short':
      return '/settings?section=data';
    case 'browser_missing':
      return '/settings?section=whatsapp';
    case 'port_moved':
      return '/settings?section=network';
    case 'origin_refused':
      return '/settings?section=security';
    case 'restart_needed':
      return '/settings';
  }
}
