import type { Audience } from '../../../contracts/event-types';
import { buildHtmlDocument, buildHtmlParagraph, mailStyle } from '../../messages/build-html-document';

/** One line of the facts: shown when its field is there. */
interface Fact {
  readonly label: string;
  /** Liquid, such as `{{ due_date | date }}` */
  readonly value: string;
  /** the optional field it is about; absent: always shown */
  readonly field?: string;
}

/**
 * What a message says, once for mail, HTML mail and WhatsApp. All texts are Liquid. They are used in
 * HTML as they stand, so they must not hold `<`, `>` or `&` outside of tags.
 */
export interface MessageContent {
  readonly subject: string;
  /** the small line above the heading */
  readonly topic: string;
  readonly heading: string;
  /** good news are green, what needs attention is amber */
  readonly tone: 'neutral' | 'good' | 'attention';
  /** the field with the name of the person who reads it; it may be absent */
  readonly nameField: string;
  readonly paragraphs: readonly string[];
  /** the one figure that matters, large */
  readonly figure?: { readonly label: string; readonly value: string };
  readonly facts: readonly Fact[];
  /** what somebody wrote for the reader: may have several lines */
  readonly note?: { readonly label: string; readonly field: string };
  readonly action?: { readonly label: string; readonly field: string };
  readonly closing?: string;
}

/** Default templates for email (subject, text, HTML) and WhatsApp that say the same. */
export function composeTemplates(content: MessageContent): Required<Audience['templates']> {
  return {
    email: { subject: content.subject, text: composeText(content), html: composeHtml(content) },
    whatsapp: { text: composeWhatsApp(content) },
  };
}

const when = (field: string | undefined, text: string) =>
  field === undefined ? text : `{% if ${field} %}${text}{% endif %}`;

const greet = (nameField: string) => `Hello${when(nameField, ` {{ ${nameField} }}`)},`;

function composeText(content: MessageContent): string {
  const { figure, facts, note, action, closing } = content;
  const lines = [
    ...(figure === undefined ? [] : [`${figure.label}: ${figure.value}\n`]),
    ...facts.map(({ label, value, field }) => when(field, `${label}: ${value}\n`)),
  ];
  return [
    greet(content.nameField),
    ...content.paragraphs,
    lines.join(''),
    note && when(note.field, `${note.label}:\n{{ ${note.field} }}`),
    action && when(action.field, `${action.label}: {{ ${action.field} }}`),
    closing,
    when('company_name', 'Kind regards,\n{{ company_name }}'),
  ]
    .filter((block) => block !== undefined && block !== '')
    .join('\n\n');
}

function composeWhatsApp(content: MessageContent): string {
  const { figure, facts, note, action, closing } = content;
  const lines = [
    ...(figure === undefined ? [] : [`${figure.label}: *${figure.value}*\n`]),
    ...facts.map(({ label, value, field }) => when(field, `${label}: ${value}\n`)),
  ];
  return [
    `*${content.heading}*`,
    greet(content.nameField),
    content.paragraphs.join(' '),
    lines.join(''),
    note && when(note.field, `${note.label}: {{ ${note.field} }}`),
    action && when(action.field, `${action.label}: {{ ${action.field} }}`),
    closing,
    when('company_name', '{{ company_name }}'),
  ]
    .filter((block) => block !== undefined && block !== '')
    .join('\n\n');
}

const toneColours = { neutral: '#475467', good: '#067647', attention: '#b54708' } as const;

function composeHtml(content: MessageContent): string {
  const { ink, quiet, text } = mailStyle;
  const { heading, paragraphs, figure, facts, note, action, closing } = content;
  const body = [
    `<p dir="auto" style="margin:0 0 8px;font-size:13px;line-height:20px;font-weight:600;color:${toneColours[content.tone]};">${content.topic}</p>`,
    `<h1 dir="auto" style="margin:0 0 20px;font-size:24px;line-height:31px;font-weight:600;letter-spacing:-0.2px;color:${ink};">${heading}</h1>`,
    buildHtmlParagraph(greet(content.nameField)),
    ...paragraphs.map(buildHtmlParagraph),
    figure &&
      `<p dir="auto" style="margin:24px 0 4px;font-size:13px;line-height:20px;color:${quiet};">${figure.label}</p>` +
        `<p class="figure" dir="auto" style="margin:0 0 24px;font-size:34px;line-height:40px;font-weight:600;letter-spacing:-0.6px;color:${ink};">${figure.value}</p>`,
    composeFactTable(facts),
    note &&
      when(
        note.field,
        `<div dir="auto" style="margin:0 0 24px;padding:16px 20px;background:#f9fafb;border-radius:8px;font-size:15px;line-height:23px;color:${text};">` +
          `<span style="display:block;margin:0 0 2px;font-size:13px;line-height:20px;color:${quiet};">${note.label}</span>{{ ${note.field} | multiline }}</div>`,
      ),
    action && when(action.field, composeButton(action.label, action.field)),
    closing === undefined
      ? undefined
      : `<p dir="auto" style="margin:0 0 24px;font-size:15px;line-height:23px;color:${quiet};">${closing}</p>`,
  ];
  return buildHtmlDocument({
    title: content.heading,
    preheader: content.paragraphs[0],
    header: '{{ company_name }}',
    body: body.filter((block) => block !== undefined && block !== '').join('\n'),
    footer: '{% if company_name %}Sent on behalf of {{ company_name }}.{% endif %}',
  });
}

function composeFactTable(facts: readonly Fact[]): string {
  if (facts.length === 0) return '';
  const { ink, quiet, line } = mailStyle;
  const cell = `padding:11px 0;border-top:1px solid ${line};font-size:15px;line-height:22px;vertical-align:top;`;
  const rows = facts.map(({ label, value, field }) =>
    when(
      field,
      `<tr><td dir="auto" style="${cell}padding-right:20px;white-space:nowrap;color:${quiet};">${label}</td><td align="right" dir="auto" style="${cell}color:${ink};">${value}</td></tr>\n`,
    ),
  );
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0 24px;border-bottom:1px solid ${line};">\n${rows.join('')}</table>`;
}

/** A link in a coloured cell: the kind of button that Outlook shows too. */
function composeButton(label: string, field: string): string {
  const { ink, card } = mailStyle;
  return (
    `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px;"><tr>` +
    `<td style="border-radius:8px;background:${ink};"><a href="{{ ${field} }}" style="display:inline-block;padding:12px 22px;font-size:15px;line-height:20px;font-weight:600;color:${card};text-decoration:none;border-radius:8px;">${label}</a></td>` +
    `</tr></table>`
  );
}
