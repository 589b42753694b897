import { createTransport } from 'nodemailer';
import { isLoopbackHost, type SmtpAccount } from '../../gateway/channels/email/smtp-account';
import { errorText } from '../../gateway/errors';
import { fail, ok, type Check } from './check';

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
    return ok(name, `${server} ${login}.`);
  } catch (thrown) {
    return fail(name, `${server} cannot be used: ${errorText(thrown).replace(/\s+/g, ' ')}`);
  } finally {
    transport.close();
  }
}
