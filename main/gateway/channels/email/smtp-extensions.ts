import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { isLoopbackHost, type SmtpAccount } from './smtp-account';

const timeoutMs = 20_000;

/**
 * What a server says that it can do (its answer to EHLO, after STARTTLS), over a connection of its own: the pool
 * does not tell. Sends nothing and does not log in.
 * @returns undefined when it cannot be asked; sending finds out why
 */
export function askSmtpExtensions(account: SmtpAccount, abort: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const connection = new SMTPConnection({
      host: account.host,
      port: account.port,
      ...(account.ehloName === undefined ? {} : { name: account.ehloName }),
      secure: account.tls === 'implicit',
      requireTLS: account.tls === 'required',
      tls: { rejectUnauthorized: !isLoopbackHost(account.host) },
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    });
    const finish = (extensions: string | undefined) => {
      abort.removeEventListener('abort', onAbort);
      // Before closing, which ends in `end` and so comes here again.
      resolve(extensions);
      connection.close();
    };
    const onAbort = () => finish(undefined);
    connection.on('error', () => finish(undefined));
    connection.once('end', () => finish(undefined));
    if (abort.aborted) {
      finish(undefined);
      return;
    }
    abort.addEventListener('abort', onAbort, { once: true });
    connection.connect((thrown) => {
      const { lastServerResponse } = connection;
      finish(thrown || lastServerResponse === false ? undefined : lastServerResponse);
    });
  });
}

/** RFC 6531: does the server take addresses with letters of every script before the @? */
export function offersSmtpUtf8(extensions: string): boolean {
  return /^\d{3}[ -]SMTPUTF8\b/im.test(extensions);
}
