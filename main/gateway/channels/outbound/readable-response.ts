/** As much of the other side's answer as an attempt's record keeps. */
const keptResponseCharacters = 1_000;

/**
 * The other side's answer as text that any database and log can hold: no NUL (PostgreSQL refuses it) nor
 * other control characters but line breaks and tabs, at most 1,000 characters, no character cut in half.
 */
export function readableResponse(answer: string | Buffer): string {
  // A character is at most 4 bytes of UTF-8.
  const text = typeof answer === 'string' ? answer : answer.toString('utf8', 0, keptResponseCharacters * 4);
  return text
    .slice(0, keptResponseCharacters)
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]+/g, ' ')
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
}
