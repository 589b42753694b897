import { createTransport } from 'nodemailer';
import {
  describeBounceTrouble,
  tryBounceMailbox,
  type BounceMailboxAccount,
} from '../../gateway/channels/email/bounce-account';
import { isLoopbackHost, mayLogInPlainly, type SmtpAccount } from '../../gateway/channels/email/smtp-account';
import { withTimeout } from '../../gateway/concurrency/with-timeout';
import { errorText } from '../../gateway/errors';
import { fail, ok, warn, type Check } from './check';

const timeoutMs = 10_000;

/** Connects and logs in, and sends nothing. */
export async function checkMailAccount(name: string, account: SmtpAccount): Promise<Check> {
  const transport = createTransport({
    host: account.host,
    port: account.port,
    secure: account.tls === 'implicit',
    requireTLS: account.tls === 'required',
    // As the email channel does it: local servers come with home-made certificates.
    tls: { rejectUnauthorized: !isLoopbackHost(account.host) },
    ...(account.username === null ? {} : { auth: { user: account.username, pass: account.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  const server = `${account.host}:${account.port}`;
  try {
    await transport.verify();
    const login = account.username === null ? 'answers' : `lets ${account.username} in`;
    if (mayLogInPlainly(account)) {
      return warn(
        name,
        `${server} ${login}, and the password may cross the network in the clear, as it was allowed to ` +
          `(${account.system ? 'SYSTEM_SMTP_ALLOW_PLAINTEXT_LOGIN' : 'smtp_allow_plaintext_login'}).`,
      );
    }
    return ok(name, `${server} ${login}.`);
  } catch (thrown) {
    return fail(name, `${server} cannot be used: ${errorText(thrown).replace(/\s+/g, ' ')}`);
  } finally {
    transport.close();
  }
}

/** Logs in to the mailbox that bounced mails come to, and reads nothing. */
export async function checkBounceMailbox(name: string, account: BounceMailboxAccount): Promise<Check> {
  try {
    await withTimeout(tryBounceMailbox(account, timeoutMs), 2 * timeoutMs);
    return ok(name, `${account.host}:${account.port} lets ${account.username} in.`);
  } catch (thrown) {
    return fail(name, describeBounceTrouble(account, thrown).replace(/\s+/g, ' '));
  }
}
