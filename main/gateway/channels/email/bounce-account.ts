import { ImapFlow } from 'imapflow';
import type { TenantSettings } from '../../../contracts/tenant-settings';
import { errorText } from '../../errors';
import { isLoopbackHost } from './smtp-account';

/** The mailbox that bounced mails come to. */
export interface BounceMailboxAccount {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** TLS from the first byte; otherwise STARTTLS, without which no password is sent off this machine */
  readonly implicitTls: boolean;
}

/** Undefined: the tenant has set none. */
export function bounceAccountOf(settings: TenantSettings): BounceMailboxAccount | undefined {
  const { bounce_imap_host: host, bounce_imap_username: username, bounce_imap_port: port } = settings;
  if (host === null || host.trim() === '' || username === null) return undefined;
  return {
    host: host.trim(),
    port,
    username,
    password: settings.bounce_imap_password ?? '',
    implicitTls: settings.bounce_imap_secure ?? port === 993,
  };
}

/** @param timeoutMs to connect and to be greeted; the library's own when absent */
export function openBounceClient(account: BounceMailboxAccount, timeoutMs?: number): ImapFlow {
  const isLocal = isLoopbackHost(account.host);
  return new ImapFlow({
    host: account.host,
    port: account.port,
    secure: account.implicitTls,
    ...(account.implicitTls || isLocal ? {} : { doSTARTTLS: true }),
    auth: { user: account.username, pass: account.password },
    // On this machine nobody can stand in between, and local servers come with home-made certificates.
    tls: { rejectUnauthorized: !isLocal },
    ...(timeoutMs === undefined ? {} : { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs }),
    logger: false,
  });
}

/** Logs in and opens the mailbox, and reads nothing. @throws what the server or the network says */
export async function tryBounceMailbox(account: BounceMailboxAccount, timeoutMs: number): Promise<void> {
  const client = openBounceClient(account, timeoutMs);
  // Without a listener an error would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.mailboxOpen('INBOX', { readOnly: true });
  } finally {
    client.close();
  }
}

/** One sentence. imapflow says "Command failed" and keeps the server's words beside it. */
export function describeBounceTrouble({ host, port }: BounceMailboxAccount, thrown: unknown): string {
  const said: unknown =
    typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'responseText') : undefined;
  const reason = typeof said === 'string' && said !== '' ? said : errorText(thrown);
  return `The mailbox for bounced mails (${host}:${port}) cannot be read: ${reason}`;
}
