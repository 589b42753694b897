import type { ChannelErrorKind } from '../channel';

/** What is known of the attempt that failed. */
export interface SmtpAttempt {
  readonly host: string;
  readonly port: number;
  readonly recipient: string;
  readonly sender: string;
  readonly username: string | null;
  /** taken out of everything that is passed on: a server may repeat what it was sent */
  readonly password: string | null;
  /** the name that the gateway greets the server with */
  readonly ehloName: string;
}

/**
 * Whose trouble it is.
 * - `account`, `sender`: nothing of this account passes, so the lane waits and probes; a person must do something
 * - `server`: it cannot work at the moment
 * - `recipient`, `message`: this delivery alone
 */
type VerdictSubject = 'account' | 'sender' | 'server' | 'recipient' | 'message';

interface Verdict {
  readonly about: VerdictSubject;
  /** the `error_code` where it is not the verdict's own name */
  readonly code?: string;
  /** one sentence that an office manager understands, with what to do where there is something */
  readonly sentence: (attempt: SmtpAttempt, server: string) => string;
}

/** By their names, which are the `error_code` that the delivery gets. */
export const smtpVerdicts = {
  sending_limit: {
    about: 'account',
    sentence: ({ sender }, server) =>
      `${server} has reached its sending limit for ${sender}; the messages wait until it ends (often a day), or have the provider raise it.`,
  },
  account_suspended: {
    about: 'account',
    sentence: ({ sender }, server) =>
      `${server} has suspended sending for ${sender}; ask the provider of the mail account to unlock it.`,
  },
  relay_refused: {
    about: 'account',
    sentence: (_attempt, server) =>
      `${server} does not pass mail on for this account; check the user name, the password and the port (587 with login).`,
  },
  smtp_auth_required: {
    about: 'account',
    sentence: (_attempt, server) =>
      `${server} wants the gateway to log in, or to encrypt, before it takes mail; set the user name and the password.`,
  },
  smtp_auth_refused: {
    about: 'account',
    sentence: (_attempt, server) => `${server} refuses the login; check the user name and the password.`,
  },
  smtp_app_password: {
    about: 'account',
    sentence: (_attempt, server) =>
      `${server} refuses the account's usual password; make an app password with the provider and enter that.`,
  },
  smtp_auth_disabled: {
    about: 'account',
    sentence: (_attempt, server) =>
      `${server} does not let programs log in to this account; have its administrator allow authenticated SMTP.`,
  },
  address_blocked: {
    about: 'account',
    sentence: (_attempt, server) =>
      `${server} takes no mail from this machine's internet address; send by the provider's server with a login, or have the address taken off the block list.`,
  },
  ehlo_refused: {
    about: 'account',
    sentence: ({ ehloName }, server) =>
      `${server} does not accept the name ${ehloName} that the gateway introduces itself with; set another (smtp_ehlo_name, for the system account SYSTEM_SMTP_EHLO_NAME).`,
  },
  sender_refused: {
    about: 'sender',
    sentence: ({ sender }, server) =>
      `${server} does not accept mail from ${sender}; check the sender address and the account.`,
  },
  sender_unauthenticated: {
    about: 'sender',
    sentence: ({ sender }, server) =>
      `${server} cannot verify that mail from ${sender} is genuine; have SPF, DKIM and DMARC set up for the domain.`,
  },
  server_busy: {
    about: 'server',
    sentence: (_attempt, server) =>
      `${server} cannot take mail at the moment; the gateway retries automatically.`,
  },
  smtp_closing: {
    about: 'server',
    sentence: (_attempt, server) => `${server} is shutting down or has too much to do.`,
  },
  mailbox_unknown: {
    about: 'recipient',
    sentence: ({ recipient }) => `There is no mailbox ${recipient}.`,
  },
  domain_unknown: {
    about: 'recipient',
    sentence: ({ recipient }) =>
      `The domain of ${recipient} takes no mail; check how the address is written.`,
  },
  mailbox_full: {
    about: 'recipient',
    sentence: ({ recipient }) => `The mailbox ${recipient} is full.`,
  },
  mailbox_disabled: {
    about: 'recipient',
    sentence: ({ recipient }) => `The mailbox ${recipient} is switched off.`,
  },
  mailbox_flooded: {
    about: 'recipient',
    sentence: ({ recipient }) => `The mailbox ${recipient} gets more mail than it may take at the moment.`,
  },
  mailbox_restricted: {
    about: 'recipient',
    sentence: ({ recipient, sender }) =>
      `The mailbox ${recipient} takes mail from certain senders only, and ${sender} is not one of them.`,
  },
  recipient_greylisted: {
    about: 'recipient',
    sentence: ({ recipient }, server) =>
      `${server} lets the first mail to ${recipient} wait (greylisting); the gateway retries automatically.`,
  },
  recipient_relay_refused: {
    about: 'recipient',
    sentence: ({ recipient }, server) =>
      `${server} does not pass mail on to ${recipient}, although it takes mail for others.`,
  },
  recipient_refused: {
    about: 'recipient',
    sentence: ({ recipient }) => `The mail server does not accept mail for ${recipient}.`,
  },
  too_many_recipients: {
    about: 'message',
    sentence: (_attempt, server) => `${server} does not take a message with so many recipients.`,
  },
  message_too_large: {
    about: 'message',
    sentence: (_attempt, server) => `${server} does not take messages of this size.`,
  },
  message_looks_like_spam: {
    about: 'message',
    code: 'message_refused',
    sentence: (_attempt, server) =>
      `${server} takes the message for spam; look at its text, links and attachments.`,
  },
  message_infected: {
    about: 'message',
    sentence: (_attempt, server) => `${server} refused the message because of an attachment or a virus.`,
  },
  address_not_supported: {
    about: 'message',
    sentence: ({ recipient, sender }, server) =>
      `${server} cannot take addresses with letters other than a to z before the @ (it lacks SMTPUTF8), and ${isAscii(recipient) ? sender : recipient} is one.`,
  },
  message_refused: {
    about: 'message',
    sentence: (_attempt, server) => `${server} refused the message after reading it.`,
  },
} as const satisfies Record<string, Verdict>;

export type SmtpVerdictCode = keyof typeof smtpVerdicts;

export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** What a refusal means for the delivery: `permanent` and `temporary` concern it alone, `unavailable` all. */
export function kindOf(code: SmtpVerdictCode, isForNow: boolean): ChannelErrorKind {
  const { about } = smtpVerdicts[code];
  if (about === 'account' || about === 'sender' || about === 'server') return 'unavailable';
  return isForNow ? 'temporary' : 'permanent';
}

export function codeOf(verdict: SmtpVerdictCode): string {
  const { code }: Verdict = smtpVerdicts[verdict];
  return code ?? verdict;
}

/** Does everything wait that this account is to send? */
export function holdsAccount(code: SmtpVerdictCode): boolean {
  const { about } = smtpVerdicts[code];
  return about === 'account' || about === 'sender';
}
