/** What a sentence of ours, of PostgreSQL or of a library names a machine, an account or a file by. */
const places = [
  /:\/\//,
  /\b\d{1,3}(?:\.\d{1,3}){3}\b/,
  // IPv6; not a time of day
  /::|(?:[0-9a-f]{1,4}:){4}/i,
  /\b[a-z][\w.-]*:\d{2,5}\b/i,
  /\b(?:ENOTFOUND|EAI_AGAIN)\b/,
  /\b(?:database|user|role|host|server) ["“]/i,
  /(?:^|[\s"'“(])(?:\/[\w.@-]+){2,}|\b[a-z]:\\/i,
];

/** Does it say where something is: a machine, an account of a server, a file? */
export function namesPlace(text: string): boolean {
  return places.some((pattern) => pattern.test(text));
}

/** `https://hooks.example.com`: what comes after the host may be a key. Empty: it is no address. */
export function shortenUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** A sentence with each address in it cut down to its host. */
export function shortenUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>()]+/gi, shortenUrl);
}
