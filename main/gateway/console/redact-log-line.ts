/** Fields whose texts are words of our own, or of the machine's: kept as they are. */
const plainFields = new Set([
  'time',
  'level',
  'event',
  'channel',
  'status',
  'outcome',
  'code',
  'error_code',
  'event_type',
  'kind',
  'part',
  'signal',
  'query',
  'version',
  'call',
  'method',
  'action',
]);
/** Fields that name somebody, or where somebody is. */
const personalFields =
  /phone|recipient|address|email|user|name|actor|sender|host|url|from$|^to$|^ip$|path|file|folder/i;

/** Text that came from outside: what could name or reach somebody goes, in this order. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, '<url>'],
  [/[^\s"'<>@,;:()]+@[^\s"'<>@,;:()]+/g, '<email>'],
  [/(?:[0-9a-f]{0,4}:){2,}[0-9a-f]{0,4}/gi, '<address>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '<address>'],
  [/\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b/gi, '<host>'],
  [/\+?\d[\d ()./-]{4,}\d/g, '<number>'],
  [/"[^"]*"|'[^']*'|«[^»]*»|“[^”]*”/g, '<quoted>'],
  [/\p{Lu}\p{Ll}+(?:[ -]\p{Lu}\p{Ll}+)+/gu, '<name>'],
  [/[A-Za-z0-9_-]{32,}/g, '<token>'],
];

/** What is secret or personal and known by itself: names of tenants, folders. Longest first. */
export type KnownWords = readonly (readonly [word: string, instead: string])[];

export function redactText(text: string, known: KnownWords = []): string {
  let redacted = text;
  for (const [word, instead] of known) redacted = redacted.replaceAll(word, instead);
  for (const [pattern, instead] of patterns) redacted = redacted.replace(pattern, instead);
  return redacted;
}

/** A line of the log for third parties: numbers and our own words stay, who and where go. */
export function redactLogLine(line: string, known: KnownWords): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return '{"message":"<unreadable>"}';
  }
  const redacted = Object.entries(fields).map(([name, value]): [string, unknown] => {
    if (name === 'customer_id' && typeof value === 'string') {
      return [name, known.find(([word]) => word === value)?.[1] ?? '<tenant>'];
    }
    if (value === null || typeof value === 'boolean') return [name, value];
    if (plainFields.has(name)) return [name, value];
    if (personalFields.test(name)) return [name, '<removed>'];
    if (typeof value === 'number') return [name, value];
    return [name, redactText(typeof value === 'string' ? value : JSON.stringify(value), known)];
  });
  return JSON.stringify(Object.fromEntries(redacted));
}
