import { isIP } from 'node:net';
import { ChannelError, type ChannelTenant } from '../channel';
import { isEmailAddress } from './email-address';

/** The operator's mail account, for tenants that have none of their own. */
export interface SystemSmtpAccount {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly fromEmail: string | null;
  readonly fromName: string | null;
  /** null: TLS from the first byte on port 465, elsewhere STARTTLS when the server offers it */
  readonly secure: boolean | null;
  /** what the gateway introduces itself as; absent: the sender's domain */
  readonly ehloName?: string | null;
  /** the operator said that the password may go in the clear to another machine */
  readonly allowPlaintextLogin?: boolean;
}

/**
 * - `implicit`: TLS from the first byte
 * - `required`: STARTTLS, or nothing is sent
 * - `offered`: STARTTLS when the server offers it
 */
type SmtpTls = 'implicit' | 'required' | 'offered';

/** Where mails are handed in. Two tenants with equal accounts share connections. */
export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  readonly tls: SmtpTls;
  readonly username: string | null;
  readonly password: string | null;
  /** the operator's account, used by many tenants */
  readonly system: boolean;
  /** what the gateway introduces itself as */
  readonly ehloName?: string;
}

/** Who a mail is from. */
export interface MailSender {
  readonly from: { readonly name: string; readonly address: string };
  /** the account's own address where it differs: such a mail is sent on behalf of `from` */
  readonly sender: string | null;
  /** MAIL FROM: where the servers send what comes back */
  readonly envelopeFrom: string;
}

/** Ports on which a server begins without TLS, whatever somebody who ticked "secure" had in mind. */
const startTlsPorts = new Set([25, 587, 2525]);

function chooseTls(port: number, secure: boolean | null): SmtpTls {
  if (secure === null) return port === 465 ? 'implicit' : 'offered';
  if (!secure) return 'offered';
  return startTlsPorts.has(port) ? 'required' : 'implicit';
}

/** A password does not leave this machine in the clear, unless the operator said so for this account. */
function protectLogin(account: SmtpAccount, allowPlaintextLogin: boolean): SmtpAccount {
  const isProtected = account.tls !== 'offered' || account.username === null || isLoopbackHost(account.host);
  return isProtected || allowPlaintextLogin ? account : { ...account, tls: 'required' };
}

/** Would the account's password cross the network in the clear where its server offers no TLS? */
export function mayLogInPlainly(account: SmtpAccount): boolean {
  return account.tls === 'offered' && account.username !== null && !isLoopbackHost(account.host);
}

function textOrNull(value: string | null): string | null {
  const text = value?.trim() ?? '';
  return text === '' ? null : text;
}

/**
 * The account that a tenant's mails leave by: its own when `use_customer_smtp` is on, else the system's.
 * @throws ChannelError unavailable, `email_not_configured`, when there is none
 */
export function chooseSmtpAccount(tenant: ChannelTenant, system: SystemSmtpAccount | null): SmtpAccount {
  const { settings } = tenant;
  if (settings.use_customer_smtp) {
    const host = textOrNull(settings.smtp_host);
    if (host === null) {
      throw new ChannelError(
        'unavailable',
        'email_not_configured',
        'This customer is to use a mail account of its own (use_customer_smtp), but smtp_host is empty.',
      );
    }
    const own: SmtpAccount = {
      host,
      port: settings.smtp_port,
      tls: chooseTls(settings.smtp_port, settings.smtp_secure),
      username: textOrNull(settings.smtp_username),
      password: settings.smtp_password,
      system: false,
    };
    return protectLogin(own, settings.smtp_allow_plaintext_login);
  }
  if (system === null) {
    throw new ChannelError(
      'unavailable',
      'email_not_configured',
      'No mail account is set up: give this customer one of its own, or set the system account (SYSTEM_SMTP_HOST).',
    );
  }
  const shared: SmtpAccount = {
    host: system.host,
    port: system.port,
    tls: chooseTls(system.port, system.secure),
    username: textOrNull(system.username),
    password: system.password,
    system: true,
  };
  return protectLogin(shared, system.allowPlaintextLogin === true);
}

/** The address that an account may be assumed to send from. */
function accountAddress(username: string | null, fromEmail: string | null): string | null {
  if (fromEmail !== null && isEmailAddress(fromEmail)) return fromEmail;
  return username !== null && isEmailAddress(username) ? username : null;
}

/**
 * The sender of a tenant's mails: its `smtp_from_email`, else the account's user name where that is an
 * address, else the system's. A tenant's own address over the system account is sent on its behalf
 * (`Sender`, and the envelope of the system's address), as that server expects to see its own.
 * @throws ChannelError unavailable, `email_not_configured`, when no address can be found
 */
export function chooseSender(tenant: ChannelTenant, system: SystemSmtpAccount | null): MailSender {
  const { settings } = tenant;
  const ownAddress = textOrNull(settings.smtp_from_email);
  const ownName = textOrNull(settings.smtp_from_name);
  const systemAddress =
    system === null ? null : accountAddress(textOrNull(system.username), textOrNull(system.fromEmail));

  const username = settings.use_customer_smtp ? textOrNull(settings.smtp_username) : null;
  const address = ownAddress ?? accountAddress(username, null) ?? systemAddress;
  if (address === null || !isEmailAddress(address)) {
    throw new ChannelError(
      'unavailable',
      'email_not_configured',
      'There is no address to send from: set smtp_from_email for this customer, or the system account’s (SYSTEM_SMTP_FROM_EMAIL).',
    );
  }
  const fallbackName = address === systemAddress ? (system?.fromName ?? null) : null;
  const from = { name: ownName ?? textOrNull(fallbackName) ?? '', address };
  const onBehalf = !settings.use_customer_smtp && systemAddress !== null && systemAddress !== address;
  return {
    from,
    sender: onBehalf ? systemAddress : null,
    envelopeFrom: onBehalf ? systemAddress : address,
  };
}

/** A mail server on this very machine; nobody can stand in between. */
export function isLoopbackHost(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}
