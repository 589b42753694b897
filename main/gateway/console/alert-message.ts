import type { Attention } from '../../contracts/console/overview-calls';

export interface AlertMessage {
  readonly subject: string;
  readonly text: string;
}

/** What is said of one trouble when it is there, and when it is over. */
export interface AlertWords {
  readonly sentence: string;
  readonly over: string;
  /** what a server said, without what may be secret */
  readonly detail: string | null;
  /** messages or rows it is about */
  readonly count: number;
}

interface About {
  readonly who: string;
  readonly messages: string;
  readonly rows: string;
  readonly what: string;
}
type Words = (about: About) => readonly [sentence: string, over: string];

/** What a person is told of away from the console: what stops messages, not what can wait for the next visit. */
const told: Partial<Record<Attention['kind'], Words>> = {
  whatsapp_scan: ({ who }) => [
    `WhatsApp for ${who} needs a code scanned.`,
    `WhatsApp for ${who} no longer needs a scan.`,
  ],
  whatsapp_failed: ({ who }) => [
    `WhatsApp for ${who} isn't starting.`,
    `WhatsApp for ${who} is no longer failing to start.`,
  ],
  failed_messages: ({ who, messages }) => [
    `${who}: ${messages} failed within 24 hours.`,
    `${who}: no message failed within 24 hours.`,
  ],
  unknown_outcomes: ({ who, messages }) => [
    `${who}: ${messages} may not have been sent.`,
    `${who}: every message's outcome is settled.`,
  ],
  channel_down: ({ who, what }) => [`${what} of ${who} is down.`, `${what} of ${who} is no longer down.`],
  disk_full: () => ['The disk is almost full.', 'The disk has space again.'],
  tenant_database_away: ({ who }) => [
    `The database of ${who} cannot be reached.`,
    `The database of ${who} is no longer unreachable.`,
  ],
  mail_account_missing: ({ who }) => [
    `${who} has email to send but no mail account.`,
    `${who} no longer needs a mail account.`,
  ],
  webhook_off: ({ who }) => [
    `The webhook for ${who} was turned off.`,
    `The webhook for ${who} is back on, or is no longer in use.`,
  ],
  browser_missing: () => ["WhatsApp can't find a browser.", 'WhatsApp is no longer missing a browser.'],
  untakable_rows: ({ who, rows }) => [
    `${who}: ${rows} cannot be processed.`,
    `${who}: all rows can be processed again.`,
  ],
  connections_short: () => [
    'The database server is almost out of connections.',
    'The database server has connections again.',
  ],
  database_moved: () => ['The database listens on another port.', 'The database is back on its usual port.'],
  port_moved: () => ['The gateway listens on another port.', 'The gateway is back on its usual port.'],
};

const titles = { email: 'Email', whatsapp: 'WhatsApp', webhook: 'The webhook' } as const;
/** More are counted, not listed. */
const mostListed = 20;

/** undefined: nobody is told of this. */
export function alertWords(about: Attention): AlertWords | undefined {
  if (about.kind === 'mail_account_missing' && about.severity !== 'error') return undefined;
  const count = about.count ?? 0;
  const words = told[about.kind]?.({
    who: oneLine(about.tenantName ?? about.customerId ?? 'the office number', 80),
    messages: count === 1 ? '1 message' : `${count} messages`,
    rows: count === 1 ? '1 row' : `${count} rows`,
    what: titles[about.channel ?? 'email'],
  });
  if (!words) return undefined;
  const [sentence, over] = words;
  return { sentence, over, detail: about.detail === null ? null : withoutSecrets(about.detail), count };
}

function oneLine(text: string, mostCharacters: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > mostCharacters ? `${line.slice(0, mostCharacters - 1)}…` : line;
}

/**
 * What a server said, for a message that leaves the house: without paths and queries of addresses, passwords, keys,
 * and whom a message was for.
 */
export function withoutSecrets(text: string): string {
  const masked = text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@"'<>]*@)?([^\s/?#"'<>]+)[^\s"'<>]*/gi, '$1$2')
    .replace(/\b(pass(?:word|phrase)?|pwd|secret|token|api_?key|authorization)(\s*[=:]\s*)\S+/gi, '$1$2…')
    .replace(/[^\s"'<>@,;:()]+@(?=[^\s"'<>@,;:()]+)/g, '…@')
    .replace(/[A-Za-z0-9_+/=-]{32,}/g, '…')
    .replace(/\+?\d(?:[ ()-]?\d){8,}/g, (number) => (/^\d{4}-\d\d-\d\d/.test(number) ? number : '…'));
  return oneLine(masked, 300);
}

/** What is new and what is over, in one message. */
export function composeAlert(
  gatewayName: string,
  fresh: readonly Pick<AlertWords, 'sentence' | 'detail'>[],
  over: readonly string[],
): AlertMessage {
  const name = gatewayName === '' ? 'Your gateway' : oneLine(gatewayName, 80);
  const lines = [
    ...listed('Needs attention:', fresh, ({ sentence, detail }) => [
      `- ${sentence}`,
      ...(detail === null ? [] : [`  ${detail}`]),
    ]),
    ...listed('Resolved:', over, (sentence) => [`- ${sentence}`]),
    'Open the console for more. You are told once, and again when it is resolved.',
  ];
  return { subject: `${name}: ${summarise(fresh, over)}`, text: lines.join('\n') };
}

function listed<T>(heading: string, items: readonly T[], linesOf: (item: T) => string[]): string[] {
  if (items.length === 0) return [];
  const left = items.length - mostListed;
  return [
    heading,
    ...items.slice(0, mostListed).flatMap(linesOf),
    ...(left > 0 ? [`- and ${left} more`] : []),
    '',
  ];
}

function summarise(fresh: readonly { readonly sentence: string }[], over: readonly string[]): string {
  const [first, ...more] = fresh;
  if (first !== undefined) return more.length === 0 ? first.sentence : `${fresh.length} items need attention`;
  return over.length === 1 ? over.join('') : `${over.length} items are resolved`;
}
