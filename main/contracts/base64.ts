const dataUrlHead = /^data:[^,]{0,300};base64,/;

/** What stands behind the comma of a data URL as browsers make it; any other text as it is. */
export function base64Payload(text: string): string {
  return text.slice(dataUrlHead.exec(text)?.[0].length ?? 0);
}

/** Either alphabet, with or without padding and line breaks, also as a data URL. Takes linear time, whatever the text. */
export function isBase64(text: string): boolean {
  const payload = base64Payload(text);
  if (/[^\w+/=\s-]/.test(payload)) return false;
  const end = payload.indexOf('=');
  return end < 0 || ['=', '=='].includes(payload.slice(end).replace(/\s+/g, ''));
}

/** How many bytes the text decodes to, if it is base64. */
export function base64Bytes(text: string): number {
  const payload = base64Payload(text);
  const compact = /\s/.test(payload) ? payload.replace(/\s+/g, '') : payload;
  const end = compact.indexOf('=');
  return Math.floor(((end < 0 ? compact.length : end) * 3) / 4);
}
