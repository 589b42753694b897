import { errorText } from '../../errors';

/** How far the conversation had got when the server refused. */
export type SmtpStage = 'greeting' | 'ehlo' | 'tls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'none';

/** What nodemailer's errors carry; see errors.js and smtp-connection of nodemailer 10. */
export interface SmtpFault {
  readonly code: string;
  /** Node's own code, where nodemailer put another in its place */
  readonly systemCode: string;
  readonly stage: SmtpStage;
  /** the SMTP reply code; 0 without a reply */
  readonly replyCode: number;
  /** RFC 3463, such as 5.1.1; empty where the server gives none */
  readonly enhancedCode: string;
  /** the server's words in one line, without codes */
  readonly words: string;
  readonly timeoutType: string;
  readonly response: string;
  readonly text: string;
}

const stages: readonly (readonly [RegExp, SmtpStage])[] = [
  [/^CONN/, 'greeting'],
  [/^(EHLO|HELO|LHLO)/, 'ehlo'],
  [/^STARTTLS/, 'tls'],
  [/^AUTH/, 'auth'],
  [/^MAIL/, 'mail'],
  [/^RCPT/, 'rcpt'],
  [/^DATA/, 'data'],
];

function readField(thrown: unknown, name: string): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const value: unknown = Reflect.get(thrown, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export function readSmtpFault(thrown: unknown): SmtpFault {
  const response = readField(thrown, 'response');
  const command = readField(thrown, 'command');
  return {
    code: readField(thrown, 'code'),
    systemCode: readField(thrown, 'originalCode'),
    stage: stages.find(([pattern]) => pattern.test(command))?.[1] ?? 'none',
    ...readReply(response),
    replyCode: Number(readField(thrown, 'responseCode')),
    timeoutType: readField(thrown, 'timeoutType'),
    response,
    text: errorText(thrown),
  };
}

/** Replies of several lines repeat their codes at the start of each: `550-5.4.5 Daily sending\r\n550 5.4.5 limit`. */
function readReply(response: string): { enhancedCode: string; words: string } {
  const lines = response.split(/\r?\n/).map((line) => line.replace(/^\d{3}(?:[ -]|$)/, ''));
  const codePattern = /^\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$|[,;:])/;
  const enhancedCode =
    lines.map((line) => codePattern.exec(line)?.[1]).find((code) => code !== undefined) ?? findCode(response);
  const words = lines.map((line) => line.replace(codePattern, '').trim()).join(' ');
  return { enhancedCode, words: words.replace(/\s+/g, ' ').trim() };
}

/** Some put it into brackets or behind a number sign: `550 #5.1.0 Address rejected`, `550 Denied (5.7.1)`. */
function findCode(response: string): string {
  return /[#([]([45]\.\d{1,3}\.\d{1,3})(?=[\s)\],:;]|$)/.exec(response)?.[1] ?? '';
}
