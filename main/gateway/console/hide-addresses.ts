import { isIPv6 } from 'node:net';

/** Instead of a sentence that says where something is. */
export const plainReason = 'That failed. An operator can find out why in the log.';

/** What a sentence of ours, of PostgreSQL or of a library names a machine, an account or a file by. */
const places = [
  /:\/\//,
  /\b\d{1,3}(?:\.\d{1,3}){3}\b/,
  // `db.internal:5432`, `postgres:5432`; neither `app.js:12:3` nor `INV:2024`
  /\b(?:[\w-]+\.)+[a-z][\w-]*:\d{2,5}\b(?!:\d)|\b(?:[a-z][a-z0-9-]*):\d{4,5}\b|\blocalhost\b/,
  // Node's: getaddrinfo EAI_AGAIN db, queryA ESERVFAIL db, connect ETIMEDOUT db
  /\b(?:getaddrinfo|query[A-Z]\w*|connect|bind|listen) E[A-Z_]+|\b(?:ENOTFOUND|EAI_[A-Z]+|ESERVFAIL)\b/,
  /\baltnames\b|\bhost ?name\b/i,
  /\b(?:database|user|role|host|server) ["'«»„‘]|\bThe server “/i,
  // PostgreSQL's sentences in other languages, and those without quotes
  /»[^»«]+«|«[^»«]+»|\b(?:permission denied for|must be (?:owner|member) of)\b/,
  // files: /usr/bin/x, --dir=/home/x, C:\x, C:/x, \\server\share
  /(?:^|[\s"'“(=])(?:\/(?!(?:api|console|docs|help|hooks?)\b)[\w.@-]+){2,}|\b[a-z]:[\\/]|\\\\[\w.-]+\\/i,
];

/** Does it say where something is: a machine, an account of a server, a file? */
export function namesPlace(text: string): boolean {
  return places.some((pattern) => pattern.test(text)) || text.split(/[\s"'“”()[\],;]+/).some(isAddress);
}

/** An IPv6 address, with or without a port behind it. */
function isAddress(word: string): boolean {
  return isIPv6(word) || isIPv6(word.replace(/[.:]\d*$/, ''));
}

/** `https://hooks.example.com`: what comes after the host may be a key. Empty: it is no address. */
export function shortenUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** A sentence with each address in it cut down to its host. */
export function shortenUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, (found) => {
    const url = found.replace(/["'“”’)\]>.,;:!?]+$/, '');
    return `${shortenUrl(url)}${found.slice(url.length)}`;
  });
}
