import type { Attention } from '../contracts/console/overview-calls';
import type { DesktopTexts } from './desktop-texts';

/** What a person has to know, in one sentence. */
export function describeAttention(matter: Attention, texts: Pick<DesktopTexts, 't'>): string {
  return texts.t(`attention_${matter.kind}`, {
    // WhatsApp of nobody in particular is the office number's.
    tenant: matter.tenantName ?? matter.customerId ?? texts.t('officeNumber'),
    channel: matter.channel ? texts.t(`channel_${matter.channel}`) : '',
    count: matter.count ?? 0,
    subject: matter.subject ?? '',
  });
}
