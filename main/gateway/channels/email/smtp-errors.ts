import { errorText } from '../../errors';
import { ChannelError, type ChannelErrorKind } from '../channel';
import { readableResponse } from '../outbound/readable-response';

/** What is known of the attempt that failed. */
export interface SmtpAttempt {
  readonly host: string;
  readonly port: number;
  readonly recipient: string;
  readonly sender: string;
  readonly username: string | null;
  /** taken out of everything that is passed on: a server may repeat what it was sent */
  readonly password: string | null;
}

/** What nodemailer's errors carry; see errors.js and smtp-connection of nodemailer 10. */
interface SmtpFault {
  readonly code: string;
  /** Node's own code, where nodemailer put another in its place */
  readonly systemCode: string;
  /** the SMTP reply code; 0 without a reply */
  readonly replyCode: number;
  /** RFC 3463, such as 5.1.1; empty where the server gives none */
  readonly enhancedCode: string;
  readonly command: string;
  readonly timeoutType: string;
  readonly response: string;
  readonly text: string;
}

type Verdict = readonly [kind: ChannelErrorKind, code: string, sentence: string];

function readField(thrown: unknown, name: string): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const value: unknown = Reflect.get(thrown, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function readFault(thrown: unknown): SmtpFault {
  const response = readField(thrown, 'response');
  return {
    code: readField(thrown, 'code'),
    systemCode: readField(thrown, 'originalCode'),
    replyCode: Number(readField(thrown, 'responseCode')),
    enhancedCode: /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? '',
    command: readField(thrown, 'command'),
    timeoutType: readField(thrown, 'timeoutType'),
    response,
    text: errorText(thrown),
  };
}

/** The server could not be talked to at all. */
function judgeConnection(fault: SmtpFault, server: string): Verdict | null {
  const { code, systemCode } = fault;
  if (code === 'EDNS') {
    return ['unavailable', 'smtp_host_unknown', `${server} cannot be found: there is no host of that name.`];
  }
  if (systemCode === 'ECONNREFUSED') {
    return [
      'unavailable',
      'connection_refused',
      `${server} refuses connections; it may be down, or the port is wrong.`,
    ];
  }
  if (code === 'ETIMEDOUT') {
    const stage =
      fault.timeoutType === 'GREETING_TIMEOUT' ? ' The connection came about, but no greeting.' : '';
    return ['unavailable', 'smtp_timed_out', `${server} did not answer in time.${stage}`];
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(systemCode)) {
    return [
      'unavailable',
      'tls_certificate_refused',
      `${server} shows a certificate that cannot be trusted (${systemCode}), so nothing was sent to it.`,
    ];
  }
  if (code === 'ETLS' || /^ERR_(SSL|TLS)|^EPROTO$/.test(systemCode)) {
    return [
      'unavailable',
      'tls_failed',
      `${server} could not agree with the gateway on encryption; check the port and smtp_secure.`,
    ];
  }
  if (code === 'EPROTOCOL') {
    return ['unavailable', 'smtp_refused', `${server} does not take mail from the gateway at the moment.`];
  }
  if (code === 'ECONNECTION' || code === 'ESOCKET') {
    return ['unavailable', 'connection_lost', `${server} closed the connection.`];
  }
  return null;
}

/** 5xx in answer to MAIL FROM: the account may not send so, whoever the recipient is. */
function judgeSender(fault: SmtpFault, attempt: SmtpAttempt, server: string): Verdict {
  if (fault.replyCode === 552 || fault.enhancedCode === '5.3.4') {
    return ['permanent', 'message_too_large', `${server} does not take messages of this size.`];
  }
  return [
    'unavailable',
    'sender_refused',
    `${server} does not accept mail from ${attempt.sender}; check the sender address and the account.`,
  ];
}

function judgeRecipient(fault: SmtpFault, recipient: string): Verdict {
  const { enhancedCode, replyCode } = fault;
  if (/^5\.1\./.test(enhancedCode)) {
    return ['permanent', 'mailbox_unknown', `There is no mailbox ${recipient}.`];
  }
  if (enhancedCode === '5.2.2' || replyCode === 552) {
    return ['permanent', 'mailbox_full', `The mailbox ${recipient} is full.`];
  }
  return ['permanent', 'recipient_refused', `The mail server does not accept mail for ${recipient}.`];
}

function judgeContent(fault: SmtpFault, server: string): Verdict {
  if (fault.replyCode === 552 || fault.enhancedCode === '5.3.4') {
    return ['permanent', 'message_too_large', `${server} does not take messages of this size.`];
  }
  return ['permanent', 'message_refused', `${server} refused the message after reading it.`];
}

/** The server answered, and said no. */
function judgeReply(fault: SmtpFault, attempt: SmtpAttempt, server: string): Verdict {
  const { replyCode, command } = fault;
  if (replyCode === 530 || replyCode === 535 || replyCode === 538) {
    return [
      'unavailable',
      'smtp_auth_required',
      `${server} wants the gateway to log in, or to encrypt, before it takes mail.`,
    ];
  }
  // 503 says that the conversation went wrong, not that the message is refused.
  if (replyCode < 500 || replyCode === 503) {
    return [
      'temporary',
      command === 'RCPT TO' ? 'recipient_deferred' : 'message_deferred',
      `${server} asks to try again later.`,
    ];
  }
  if (command === 'MAIL FROM') return judgeSender(fault, attempt, server);
  if (command === 'RCPT TO') return judgeRecipient(fault, attempt.recipient);
  return judgeContent(fault, server);
}

function judge(fault: SmtpFault, attempt: SmtpAttempt): Verdict {
  const server = `The mail server ${attempt.host}:${attempt.port}`;
  // RFC 5321, 4.2.1: may come at any moment, and ends the connection.
  if (fault.replyCode === 421) {
    return ['unavailable', 'smtp_closing', `${server} is shutting down or has too much to do.`];
  }
  if (fault.code === 'EAUTH' || fault.code === 'ENOAUTH') {
    return fault.replyCode >= 400 && fault.replyCode < 500
      ? ['unavailable', 'smtp_auth_deferred', `${server} cannot check the login at the moment.`]
      : [
          'unavailable',
          'smtp_auth_refused',
          `${server} refuses the login; check the user name and the password.`,
        ];
  }
  if (fault.code === 'EENVELOPE' || fault.code === 'EMESSAGE') {
    if (fault.replyCode !== 0) return judgeReply(fault, attempt, server);
    // Without a reply nodemailer itself saw what the server cannot take.
    return fault.code === 'EMESSAGE'
      ? ['permanent', 'message_too_large', `${server} does not take messages of this size.`]
      : ['permanent', 'invalid_envelope', `${attempt.recipient} is no address that a mail can be sent to.`];
  }
  return (
    judgeConnection(fault, server) ?? [
      'temporary',
      'email_failed',
      `The mail could not be handed to ${attempt.host}.`,
    ]
  );
}

/** Servers have been seen to repeat a login in their refusal, in plain or as it went over the wire. */
function withoutPassword(text: string, { username, password }: SmtpAttempt): string {
  if (password === null || password === '') return text;
  const onTheWire = [password, `\0${username ?? ''}\0${password}`].map((login) =>
    Buffer.from(login).toString('base64').replace(/=+$/, ''),
  );
  return [password, ...onTheWire].reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/**
 * What an SMTP failure means for the delivery: 5xx to recipient or message is permanent, 4xx temporary, and
 * whatever would meet any other message too (no connection, login refused, sender refused, 421) unavailable.
 * Source: RFC 5321 (4.2), RFC 3463 for the enhanced codes.
 */
export function explainSmtpError(thrown: unknown, attempt: SmtpAttempt): ChannelError {
  const fault = readFault(thrown);
  const [kind, code, sentence] = judge(fault, attempt);
  const raw = readableResponse(withoutPassword(fault.response === '' ? fault.text : fault.response, attempt));
  // The error itself is not passed on as the cause: its message repeats the server's words unredacted.
  return new ChannelError(kind, code, sentence, { response: raw });
}
