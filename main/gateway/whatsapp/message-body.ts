import type { OutgoingContent } from './whatsapp-transport';

/** The text of a message as its chat shows it: the caption, where it is a file. */
export function bodyOf(content: OutgoingContent): string {
  return content.kind === 'text' ? content.text : content.caption;
}

/** Two bodies are the same message's when they are equal so: line ends and outer blanks do not count. */
export function normalizeBody(body: string): string {
  return body.replace(/\r\n?/g, '\n').trim();
}
