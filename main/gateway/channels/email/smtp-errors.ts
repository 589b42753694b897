import { ChannelError, type ChannelErrorKind } from '../channel';
import { readableResponse } from '../outbound/readable-response';
import { readSmtpFault, type SmtpFault } from './smtp-fault';
import { smtpStatusCodes } from './smtp-status-codes';
import {
  codeOf,
  holdsAccount,
  kindOf,
  smtpVerdicts,
  type SmtpAttempt,
  type SmtpVerdictCode,
} from './smtp-verdicts';
import { smtpWordings } from './smtp-wordings/smtp-wordings';

export type { SmtpAttempt } from './smtp-verdicts';

interface Judgement {
  readonly kind: ChannelErrorKind;
  readonly code: string;
  readonly sentence: string;
  readonly holdsLane?: boolean;
}

/** The server could not be talked to at all. */
function judgeConnection(fault: SmtpFault, server: string): Judgement | null {
  const { code, systemCode } = fault;
  const unavailable = (verdict: string, sentence: string): Judgement => ({
    kind: 'unavailable',
    code: verdict,
    sentence,
  });
  if (code === 'EDNS') {
    return unavailable('smtp_host_unknown', `${server} cannot be found: there is no host of that name.`);
  }
  if (systemCode === 'ECONNREFUSED') {
    return unavailable(
      'connection_refused',
      `${server} refuses connections; it may be down, or the port is wrong.`,
    );
  }
  if (code === 'ETIMEDOUT') {
    const greeting =
      fault.timeoutType === 'GREETING_TIMEOUT' ? ' The connection came about, but no greeting.' : '';
    return unavailable('smtp_timed_out', `${server} did not answer in time.${greeting}`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(systemCode)) {
    return unavailable(
      'tls_certificate_refused',
      `${server} shows a certificate that cannot be trusted (${systemCode}), so nothing was sent to it.`,
    );
  }
  if (code === 'ETLS' || /^ERR_(SSL|TLS)|^EPROTO$/.test(systemCode)) {
    return unavailable(
      'tls_failed',
      `${server} could not agree with the gateway on encryption; check the port and smtp_secure.`,
    );
  }
  if (code === 'EPROTOCOL') {
    return unavailable('smtp_refused', `${server} does not take mail from the gateway at the moment.`);
  }
  if (code === 'ECONNECTION' || code === 'ESOCKET') {
    return unavailable('connection_lost', `${server} closed the connection.`);
  }
  return null;
}

/** What the server's words or its enhanced code say clearly. */
function findVerdict(fault: SmtpFault): SmtpVerdictCode | undefined {
  // Addresses and links are the sender's and the recipient's words, not the server's.
  const words = fault.words.replace(/<[^<>]*>|\S+@\S+|https?:\/\/\S+/g, '<>');
  const wording = smtpWordings.find(
    ({ words: pattern, stages }) => (stages?.includes(fault.stage) ?? true) && pattern.test(words),
  );
  if (wording) return wording.verdict;
  const [, subject = '', detail = ''] = fault.enhancedCode.split('.');
  return smtpStatusCodes.find(
    ({ code, stages }) =>
      (stages?.includes(fault.stage) ?? true) && (code === `${subject}.${detail}` || code === `${subject}.x`),
  )?.verdict;
}

/** By reply code and stage alone, as RFC 5321 has them. */
function fallbackVerdict({ replyCode, stage, code }: SmtpFault): SmtpVerdictCode | undefined {
  if (replyCode === 421) return 'smtp_closing';
  if (replyCode === 530 || replyCode === 538) return 'smtp_auth_required';
  if (replyCode === 535 || (code === 'EAUTH' && replyCode >= 500)) return 'smtp_auth_refused';
  if (stage === 'ehlo' && replyCode >= 500) return 'ehlo_refused';
  // 503 says that the conversation went wrong, not that the message is refused.
  if (replyCode < 500 || replyCode === 503) return undefined;
  if (replyCode === 552) return stage === 'rcpt' ? 'mailbox_full' : 'message_too_large';
  if (stage === 'mail') return 'sender_refused';
  if (stage === 'rcpt') return 'recipient_refused';
  if (stage === 'data') return 'message_refused';
  return undefined;
}

/** The server's own words, where ours say less. */
function quote({ words }: SmtpFault): string {
  const text = readableResponse(words).replace(/[\n\t]+/g, ' ');
  if (text === '') return '';
  return ` It said: “${text.length > 200 ? `${text.slice(0, 199)}…` : text}”.`;
}

/** The server answered, and said no. */
function judgeReply(
  fault: SmtpFault,
  attempt: SmtpAttempt,
  server: string,
  othersPass: boolean,
): Judgement | null {
  const isForNow = fault.replyCode < 500 || fault.replyCode === 503;
  const said = findVerdict(fault);
  // RFC 5321, 4.2.1: 421 may come at any moment, and ends the connection, whatever the words are about.
  const clear = fault.replyCode === 421 && said !== undefined && !holdsAccount(said) ? undefined : said;
  const found = clear ?? fallbackVerdict(fault);
  const verdict = found === 'relay_refused' && othersPass ? 'recipient_relay_refused' : found;
  if (verdict === undefined) {
    if (fault.stage === 'greeting' || fault.stage === 'ehlo' || fault.code === 'EPROTOCOL') return null;
    return {
      kind: 'temporary',
      code: fault.stage === 'rcpt' ? 'recipient_deferred' : 'message_deferred',
      sentence: `${server} asks to try again later.${quote(fault)}`,
    };
  }
  const sentence = smtpVerdicts[verdict].sentence(attempt, server);
  const kind = kindOf(verdict, isForNow);
  if (kind !== 'unavailable') {
    const deferred = fault.stage === 'rcpt' ? 'recipient_deferred' : 'message_deferred';
    return {
      kind,
      code: isForNow ? deferred : codeOf(verdict),
      sentence: clear ? sentence : `${sentence}${quote(fault)}`,
    };
  }
  // Others of this account pass again and again: what is wrong is with this delivery, whatever the words say.
  if (othersPass && fault.stage !== 'auth') return { kind: 'temporary', code: verdict, sentence };
  return { kind, code: verdict, sentence, holdsLane: holdsAccount(verdict) };
}

function judge(fault: SmtpFault, attempt: SmtpAttempt, othersPass: boolean): Judgement {
  const server = `The mail server ${attempt.host}:${attempt.port}`;
  if (
    (fault.code === 'EAUTH' || fault.code === 'ENOAUTH') &&
    fault.replyCode >= 400 &&
    fault.replyCode < 500
  ) {
    const verdict = findVerdict(fault);
    if (verdict === undefined || !holdsAccount(verdict) || verdict === 'smtp_auth_refused') {
      return {
        kind: 'unavailable',
        code: 'smtp_auth_deferred',
        sentence: `${server} cannot check the login at the moment.`,
      };
    }
  }
  if (fault.replyCode >= 400) {
    const judged = judgeReply(fault, attempt, server, othersPass);
    if (judged) return judged;
  }
  if (fault.code === 'EAUTH' || fault.code === 'ENOAUTH') {
    const sentence = smtpVerdicts.smtp_auth_refused.sentence(attempt, server);
    return { kind: 'unavailable', code: 'smtp_auth_refused', sentence, holdsLane: true };
  }
  // Without a reply nodemailer itself saw what the server cannot take.
  if (fault.code === 'EMESSAGE') {
    const sentence = smtpVerdicts.message_too_large.sentence(attempt, server);
    return { kind: 'permanent', code: 'message_too_large', sentence };
  }
  if (fault.code === 'EENVELOPE') {
    const sentence = `${attempt.recipient} is no address that a mail can be sent to.`;
    return { kind: 'permanent', code: 'invalid_envelope', sentence };
  }
  return (
    judgeConnection(fault, server) ?? {
      kind: 'temporary',
      code: 'email_failed',
      sentence: `The mail could not be handed to ${attempt.host}.`,
    }
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
 * What an SMTP failure means for the delivery, by what it is about: the account and the sender hold the lane
 * (`unavailable`, `holdsLane`), a server that is away makes it wait (`unavailable`), the recipient and the
 * message fail this delivery alone: 5xx `permanent`, 4xx `temporary`.
 * Source: RFC 5321 (4.2), RFC 3463 and the registry of enhanced codes, and the wordings in smtp-wordings.ts.
 * @param othersPass others have been accepted by this account since it first refused this one
 */
export function explainSmtpError(thrown: unknown, attempt: SmtpAttempt, othersPass = false): ChannelError {
  const fault = readSmtpFault(thrown);
  const judged = judge({ ...fault, words: withoutPassword(fault.words, attempt) }, attempt, othersPass);
  const raw = readableResponse(withoutPassword(fault.response === '' ? fault.text : fault.response, attempt));
  // The error itself is not passed on as the cause: its message repeats the server's words unredacted.
  return new ChannelError(judged.kind, judged.code, judged.sentence, {
    response: raw,
    ...(judged.holdsLane === true ? { holdsLane: true } : {}),
  });
}
