import PostalMime, { type Email } from 'postal-mime';
import { cleanEmailAddress } from '../../../contracts/email-address';
import { explainSmtpError } from './smtp-errors';

/** What a mail server says became of a mail that it had taken (RFC 3464). */
export interface BounceReport {
  /** of the mail that came back, with its angle brackets */
  readonly messageId: string;
  readonly recipients: readonly BouncedRecipient[];
}

interface BouncedRecipient {
  readonly address: string;
  /** the address as it was written to, where the mail was passed on to another; else the same */
  readonly originalAddress: string;
  /** the reason in words */
  readonly reason: string;
  /** the server's own words; empty where it gave none */
  readonly diagnostic: string;
}

type Fields = ReadonlyMap<string, string>;

const statusTypes = ['message/delivery-status', 'message/global-delivery-status'];
const originalTypes = [
  'message/rfc822',
  'message/global',
  'text/rfc822-headers',
  'message/rfc822-headers',
  'message/global-headers',
];

/** Header fields, unfolded, by their names in lower case. */
function readFields(text: string): Fields {
  const lines = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf(':');
      return at < 1 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()] as const];
    }),
  );
}

/** `rfc822; client@example.com`, `utf-8; संपर्क@डाटामेल.भारत` */
function readTyped(value: string | undefined): string {
  const text = value ?? '';
  const at = text.indexOf(';');
  return text.slice(at + 1).trim();
}

function readAddress(value: string | undefined): string {
  return cleanEmailAddress(readTyped(value).replace(/^<|>$/g, ''));
}

function textOf(mail: Email, types: readonly string[]): string | undefined {
  const part = mail.attachments.find(({ mimeType }) => types.includes(mimeType.toLowerCase()));
  if (!part) return undefined;
  return typeof part.content === 'string' ? part.content : new TextDecoder().decode(part.content);
}

/** What the codes and words of a report mean, in the words that a refusal at once would have got. */
function explain(address: string, status: string, diagnostic: string): string {
  const said = diagnostic === '' ? `550 ${status}` : diagnostic;
  const reply = /^\d{3}/.test(said) ? said : `550 ${status} ${said}`;
  const attempt = {
    host: 'of the recipient',
    port: 0,
    recipient: address,
    sender: 'this address',
    username: null,
    password: null,
    ehloName: '',
  };
  const thrown = { code: 'EENVELOPE', command: 'RCPT TO', response: reply, responseCode: reply.slice(0, 3) };
  const { code, message } = explainSmtpError(thrown, attempt);
  const isAboutRecipient = /^(mailbox|domain|recipient)_/.test(code);
  return isAboutRecipient ? message : 'The mail server of the recipient refused it.';
}

function readRecipient(fields: Fields): BouncedRecipient | undefined {
  const address = readAddress(fields.get('final-recipient') ?? fields.get('original-recipient'));
  if (address === '' || fields.get('action')?.toLowerCase() !== 'failed') return undefined;
  const original = readAddress(fields.get('original-recipient'));
  const diagnostic = readTyped(fields.get('diagnostic-code')).replace(/\s+/g, ' ').slice(0, 500);
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? '';
  return {
    address,
    originalAddress: original === '' ? address : original,
    reason: explain(original === '' ? address : original, status, diagnostic),
    diagnostic: diagnostic === '' ? status : diagnostic,
  };
}

/** Servers that write no report name the recipients in a field of the header (Exim, Gmail). */
function readFailedRecipients(mail: Email): BouncedRecipient[] {
  const value = mail.headers.find(({ key }) => key === 'x-failed-recipients')?.value ?? '';
  return value
    .split(',')
    .map((address) => cleanEmailAddress(address))
    .filter((address) => address !== '')
    .map((address) => ({
      address,
      originalAddress: address,
      reason: 'The mail server of the recipient refused it.',
      diagnostic: (mail.text ?? '').replace(/\s+/g, ' ').trim().slice(0, 500),
    }));
}

function findMessageId(mail: Email): string | undefined {
  const original = textOf(mail, originalTypes);
  const header = original === undefined ? undefined : readFields(original).get('message-id');
  const named = [header, mail.inReplyTo, mail.references].join(' ');
  return /<[^<>\s]+@[^<>\s]+>/.exec(named)?.[0];
}

/**
 * Reads a mail that may be a delivery report. Reports of a delay, and of success, are none.
 * @returns undefined when it tells of no mail that failed
 */
export async function readBounceReport(source: Uint8Array): Promise<BounceReport | undefined> {
  const mail = await PostalMime.parse(source, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
  });
  const status = textOf(mail, statusTypes);
  const recipients =
    status === undefined
      ? readFailedRecipients(mail)
      : status
          .replace(/\r\n/g, '\n')
          .split(/\n{2,}/)
          .flatMap((group) => readRecipient(readFields(group)) ?? []);
  const messageId = findMessageId(mail);
  return messageId === undefined || recipients.length === 0 ? undefined : { messageId, recipients };
}
