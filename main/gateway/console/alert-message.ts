import type { Attention } from '../../contracts/console/overview-calls';

export interface AlertMessage {
  readonly subject: string;
  readonly text: string;
}

/** What a person is told of away from the console: what stops messages, not what can wait for the next visit. */
const told: Partial<
  Record<
    Attention['kind'],
    (about: { readonly who: string; readonly messages: string; readonly what: string }) => string
  >
> = {
  whatsapp_scan: ({ who }) => `WhatsApp of ${who}: scan the code again.`,
  whatsapp_failed: ({ who }) => `WhatsApp of ${who} doesn't start.`,
  failed_messages: ({ who, messages }) => `${who}: ${messages} failed.`,
  unknown_outcomes: ({ who, messages }) => `${who}: nobody knows whether ${messages} left.`,
  channel_down: ({ who, what }) => `${who}: ${what} is down.`,
  disk_full: () => 'The disk is almost full.',
  tenant_database_away: ({ who }) => `The database of ${who} can't be reached.`,
  mail_account_missing: ({ who }) => `${who} has no mail account.`,
  webhook_off: ({ who }) => `The webhook of ${who} was switched off.`,
  browser_missing: () => 'There is no browser for WhatsApp.',
};

const titles = { email: 'Email', whatsapp: 'WhatsApp', webhook: 'The webhook' } as const;

/** One sentence; undefined: nobody is told of this. */
export function alertSentence(about: Attention): string | undefined {
  if (about.kind === 'mail_account_missing' && about.severity !== 'error') return undefined;
  const count = about.count ?? 0;
  return told[about.kind]?.({
    who: about.tenantName ?? about.customerId ?? '',
    messages: count === 1 ? '1 message' : `${count} messages`,
    what: titles[about.channel ?? 'email'],
  });
}

/** What is new and what is over, in one message. */
export function composeAlert(
  gatewayName: string,
  fresh: readonly { readonly sentence: string; readonly detail: string | null }[],
  over: readonly string[],
): AlertMessage {
  const name = gatewayName === '' ? 'Your gateway' : gatewayName;
  const subject = `${name}: ${summarise(
    fresh.map(({ sentence }) => sentence),
    over,
  )}`;
  const lines = [
    ...(fresh.length === 0 ? [] : ['Needs attention:']),
    ...fresh.flatMap(({ sentence, detail }) => [
      `- ${sentence}`,
      ...(detail === null ? [] : [`  ${detail}`]),
    ]),
    ...(over.length === 0 ? [] : [...(fresh.length === 0 ? [] : ['']), 'Resolved:']),
    ...over.map((sentence) => `- ${sentence}`),
    '',
    'Open the console of the gateway to see more. We tell you once, and once more when it is resolved.',
  ];
  return { subject, text: lines.join('\n') };
}

function summarise(fresh: readonly string[], over: readonly string[]): string {
  const [first, ...more] = fresh;
  if (first !== undefined) return more.length === 0 ? first : `${fresh.length} items need attention`;
  return over.length === 1 ? `resolved: ${over.join('')}` : `${over.length} items are resolved`;
}
