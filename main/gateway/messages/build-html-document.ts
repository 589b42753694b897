import { directionOf, languageAttributes } from './localize-html';

/** The parts of an HTML mail. All of them are HTML or templates of HTML: escaped already, or by Liquid. */
export interface HtmlDocumentParts {
  readonly title: string;
  /** shown by mail clients beside the subject, not in the mail itself */
  readonly preheader?: string;
  /** above the card, such as the company's name; empty for none */
  readonly header: string;
  readonly body: string;
  /** below the card, in small print; empty for none */
  readonly footer: string;
  /** English unless told; says in which language the page is, and on which side it begins */
  readonly locale?: string;
}

/** The look that all mails share; colours as hexadecimal, because mail clients know little else. */
export const mailStyle = {
  font: "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;",
  ink: '#101828',
  text: '#344054',
  quiet: '#667085',
  line: '#eaecf0',
  page: '#f5f6f8',
  card: '#ffffff',
} as const;

/**
 * An HTML mail: one white card, at most 560 px wide, fluid below that. Tables and inline styles,
 * because that is what Outlook's Word engine and Gmail understand; the media query is for those that do.
 */
export function buildHtmlDocument({
  title,
  preheader = '',
  header,
  body,
  footer,
  locale = 'en',
}: HtmlDocumentParts): string {
  const { font, ink, quiet, line, page, card } = mailStyle;
  const table = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"';
  const language = languageAttributes(locale);
  const start = directionOf(locale) === 'rtl' ? 'right' : 'left';
  const hidden =
    'display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;mso-hide:all';
  return [
    '<!DOCTYPE html>',
    `<html ${language}>`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="x-apple-disable-message-reformatting">',
    '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">',
    '<meta name="color-scheme" content="light">',
    `<title>${title}</title>`,
    '<style>@media(max-width:520px){.page{padding:20px 12px 28px!important}.card{padding:28px 22px 4px!important}.figure{font-size:27px!important;line-height:34px!important}}</style>',
    '</head>',
    `<body style="margin:0;padding:0;background:${page};-webkit-text-size-adjust:100%;">`,
    preheader === '' ? '' : `<div ${language} style="${hidden}">${preheader}</div>`,
    `<table ${table} ${language} style="background:${page};"><tr><td class="page" align="center" style="padding:40px 16px 48px;">`,
    '<!--[if mso]><table role="presentation" width="560" align="center"><tr><td><![endif]-->',
    `<table ${table} style="max-width:560px;margin:0 auto;${font}">`,
    header === ''
      ? ''
      : `<tr><td dir="auto" style="padding:0 4px 16px;text-align:${start};font-size:15px;line-height:22px;font-weight:600;color:${ink};">${header}</td></tr>`,
    `<tr><td class="card" style="background:${card};border:1px solid ${line};border-radius:12px;padding:36px 40px 12px;text-align:${start};word-break:break-word;">`,
    body,
    '</td></tr>',
    footer === ''
      ? ''
      : `<tr><td dir="auto" style="padding:18px 4px 0;text-align:${start};font-size:13px;line-height:20px;color:${quiet};">${footer}</td></tr>`,
    '</table>',
    '<!--[if mso]></td></tr></table><![endif]-->',
    '</td></tr></table>',
    '</body>',
    '</html>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** One paragraph of a mail's body; `html` is escaped already. */
export function buildHtmlParagraph(html: string): string {
  return `<p dir="auto" style="margin:0 0 16px;font-size:16px;line-height:25px;color:${mailStyle.text};">${html}</p>`;
}
