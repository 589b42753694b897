import type { SendMailOptions } from 'nodemailer';
import { cleanEmailAddress, domainToAscii } from '../../../contracts/email-address';
import type { LoadedAttachment } from '../attachments/attachment-loader';
import type { MailCopies } from '../channel';
import { ChannelError, type OutgoingMessage } from '../channel';
import type { MailSender } from './smtp-account';
import { isAscii } from './smtp-verdicts';

export interface ComposedMail {
  readonly options: SendMailOptions;
  /** the address that the delivery is for, as it stands in the envelope */
  readonly recipient: string;
  /** those who get copies, likewise; none of them is the recipient */
  readonly copies: readonly string[];
  /** an address that only servers with SMTPUTF8 take; undefined: there is none */
  readonly needsUtf8For: string | undefined;
}

/** One line: a line break in a subject would begin a header of the event's choosing. */
export function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

/** A name as mail programs show it: marks that turn the direction of what follows would dress up the address. */
function displayName(text: string): string {
  return oneLine(text)
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .normalize('NFC');
}

/**
 * The address as servers are told it: the domain in ASCII where the local part is, so that servers without SMTPUTF8
 * take it; as it is where the local part needs SMTPUTF8 anyway.
 */
function toWireAddress(address: string): string {
  const clean = cleanEmailAddress(address);
  const at = clean.lastIndexOf('@');
  const [local, domain] = [clean.slice(0, at), clean.slice(at + 1)];
  if (isAscii(clean) || !isAscii(local)) return clean;
  return `${local}@${domainToAscii(domain) ?? domain}`;
}

const needsUtf8 = (address: string): boolean => !isAscii(address.slice(0, address.lastIndexOf('@')));

function toMailFile(file: LoadedAttachment) {
  return { filename: file.filename, contentType: file.contentType, content: file.content() };
}

/**
 * What the mail is at least, in bytes, so that a server that takes less need not be sent it first: texts are counted
 * as they are, files in base64 with its line breaks.
 */
function leastBytes(mail: SendMailOptions, attachments: readonly LoadedAttachment[]): number {
  const texts = [mail.text, mail.html].map((text) =>
    typeof text === 'string' ? Buffer.byteLength(text) : 0,
  );
  const files = attachments.map((file) => {
    const base64 = Math.ceil(file.content().byteLength / 3) * 4;
    return base64 + Math.floor(base64 / 76) * 2;
  });
  return [...texts, ...files].reduce((sum, bytes) => sum + bytes, 0);
}

/** Each once, and none that is among `others`, however its letters are written. */
function without(addresses: readonly string[], others: readonly string[]): string[] {
  const seen = new Set(others.map((address) => address.toLowerCase()));
  return addresses.filter((address) => {
    const key = address.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const asObject = (address: string) => ({ name: '', address });

/** @throws ChannelError permanent, `email_missing`, when there is nothing to send */
export function composeMail(
  message: OutgoingMessage,
  sender: MailSender,
  extra: MailCopies,
  attachments: readonly LoadedAttachment[],
): ComposedMail {
  const { email } = message;
  if (email === undefined) {
    throw new ChannelError('permanent', 'email_missing', 'There is no email text for this event.');
  }
  const recipient = toWireAddress(message.recipient);
  const cc = without(extra.cc.map(toWireAddress), [recipient]);
  const bcc = without(extra.bcc.map(toWireAddress), [recipient, ...cc]);
  const replyTo = without(extra.replyTo.map(toWireAddress), []);
  const from = toWireAddress(sender.from.address);
  const envelopeFrom = toWireAddress(sender.envelopeFrom);
  const options: SendMailOptions = {
    // Objects, not texts: nothing in a name or an address is read as a list of recipients.
    from: { name: displayName(sender.from.name), address: from },
    ...(sender.sender === null ? {} : { sender: asObject(toWireAddress(sender.sender)) }),
    to: asObject(recipient),
    ...(cc.length === 0 ? {} : { cc: cc.map(asObject) }),
    ...(replyTo.length === 0 ? {} : { replyTo: replyTo.map(asObject) }),
    messageId: message.messageId,
    date: new Date(),
    subject: oneLine(email.subject),
    text: email.text,
    ...(email.html === undefined || email.html === '' ? {} : { html: email.html }),
    headers: {
      // RFC 3834: a program wrote this, so out-of-office replies need not be sent; the second is Exchange's word for it.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
    },
    ...(attachments.length === 0 ? {} : { attachments: attachments.map(toMailFile) }),
  };
  const copies = [...cc, ...bcc];
  return {
    options: {
      ...options,
      // Hidden copies are in the envelope alone. The size lets the server, and nodemailer, refuse before the upload.
      envelope: { from: envelopeFrom, to: [recipient, ...copies], size: leastBytes(options, attachments) },
    },
    recipient,
    copies,
    needsUtf8For: [recipient, envelopeFrom, from, ...copies, ...replyTo].find(needsUtf8),
  };
}
