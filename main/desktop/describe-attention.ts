import type { Attention } from '../contracts/console/overview-calls';
import type { DesktopTexts } from './desktop-texts';

/** What a person has to know, in one sentence. */
export function describeAttention(matter: Attention, texts: Pick<DesktopTexts, 't'>): string {
  return texts.t(`attention_${matter.kind}`, {
    tenant: matter.tenantName ?? matter.customerId ?? '',
    channel: matter.channel ? texts.t(`channel_${matter.channel}`) : '',
    number: matter.count ?? 0,
  });
}

/** Where a person does something about it. */
export function pageOf({ kind }: Pick<Attention, 'kind'>): string {
  switch (kind) {
    case 'whatsapp_scan':
    case 'whatsapp_failed':
    case 'browser_missing':
      return '/whatsapp';
    case 'failed_messages':
      return '/history?status=failed';
    case 'unknown_outcomes':
      return '/history?status=unknown';
    case 'channel_down':
    case 'tenant_database_away':
      return '/tenants';
    case 'mail_account_missing':
    case 'port_moved':
    case 'restart_needed':
      return '/settings';
    case 'disk_full':
      return '/';
  }
}
