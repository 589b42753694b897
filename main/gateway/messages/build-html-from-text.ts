import { buildHtmlDocument, buildHtmlParagraph } from './build-html-document';
import { escapeHtml } from './escape-html';

const webAddress = /\bhttps?:\/\/[^\s<>"']{1,2000}/g;
/** After an address they belong to the sentence. */
const sentenceEnds = '.,;:!?)]';

/** HTML for a template that has text only: paragraphs, line breaks and links, in the shared look. */
export function buildHtmlFromText(text: string, title: string, companyName: string, locale?: string): string {
  const paragraphs = text
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => buildHtmlParagraph(linkAddresses(paragraph).replace(/\n/g, '<br>')));
  return buildHtmlDocument({
    title: escapeHtml(title),
    header: escapeHtml(companyName),
    body: paragraphs.join('\n'),
    footer: '',
    locale,
  });
}

function linkAddresses(text: string): string {
  let html = '';
  let from = 0;
  for (const match of text.matchAll(webAddress)) {
    const address = cutSentenceEnd(match[0]);
    const escaped = escapeHtml(address);
    html += escapeHtml(text.slice(from, match.index));
    html += `<a href="${escaped}" style="color:#175cd3;word-break:break-word;">${escaped}</a>`;
    from = match.index + address.length;
  }
  return html + escapeHtml(text.slice(from));
}

function cutSentenceEnd(address: string): string {
  let end = address.length;
  while (end > 0 && sentenceEnds.includes(address.charAt(end - 1))) end -= 1;
  return address.slice(0, end);
}
