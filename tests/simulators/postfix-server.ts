import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { findFreePort } from '../support/find-free-port';
import { findProgram } from '../support/install-test-programs';
import { waitUntil } from '../support/wait-until';

const run = promisify(execFile);
/** Debian's `nobody`, who owns the mailboxes. */
const nobody = 65_534;
const here = 'here.example';

/** Both need root, and Debian's packages. */
export const hasPostfix =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  findProgram('postfix') !== undefined &&
  findProgram('dovecot') !== undefined;

export interface PostfixServer {
  readonly host: '127.0.0.1';
  /** without a login: takes mail for its own mailboxes only, and offers STARTTLS */
  readonly port: number;
  /** with TLS and a login, takes mail for everybody */
  readonly submissionPort: number;
  readonly imapPort: number;
  readonly login: { readonly username: string; readonly password: string };
  /** `office@here.example` and the like */
  address(mailbox: 'office' | 'client' | 'full' | 'grey' | 'later' | 'forwarded' | 'nobody-here'): string;
  /** the mails in a mailbox, as they arrived */
  mails(mailbox: 'office' | 'client'): Promise<string[]>;
  /** what Postfix logged */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Debian's own Postfix and Dovecot, running from a folder of their own beside whatever the machine runs. They take up
 * to 3 MB; `client@` and `office@` are mailboxes, `full@` is over its quota, `grey@` and `later@` ask to wait,
 * `forwarded@` is taken and bounces, all others are unknown.
 */
export async function startPostfix(): Promise<PostfixServer> {
  const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-postfix-'));
  const at = (...names: string[]) => join(folder, ...names);
  const [port, submissionPort, imapPort, saslPort] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ];
  const login = { username: `office@${here}`, password: 'geheim-7f3a' };
  await chmod(folder, 0o755);
  await Promise.all(['spool', 'data', 'mail', 'imap'].map((name) => mkdir(at(name))));
  await chown(at('mail'), nobody, nobody);
  await chown(at('data'), Number((await run('id', ['-u', 'postfix'])).stdout), 0);
  const certificate = await generate([{ name: 'commonName', value: `mail.${here}` }]);
  await writeFile(at('cert.pem'), certificate.cert);
  await writeFile(at('key.pem'), certificate.private, { mode: 0o600 });
  await writeFile(at('users'), `${login.username}:{PLAIN}${login.password}\n`, { mode: 0o644 });
  await writeFile(at('main.cf'), mainConfiguration(at, saslPort));
  await writeFile(at('master.cf'), masterConfiguration(port, submissionPort));
  await writeFile(at('dovecot.conf'), dovecotConfiguration(at, imapPort, saslPort));

  const dovecot = spawn('dovecot', ['-F', '-c', at('dovecot.conf')], { stdio: 'ignore' });
  const stopped = once(dovecot, 'exit');
  async function stop(): Promise<void> {
    await run('postfix', ['-c', folder, 'stop']).catch(() => undefined);
    dovecot.kill('SIGTERM');
    await stopped;
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
  try {
    await run('postfix', ['-c', folder, 'start']);
    for (const each of [port, submissionPort, imapPort, saslPort]) {
      await waitUntil(() => answers(each), { what: `the mail server to listen on ${each}` });
    }
  } catch (thrown) {
    const log = await readFile(at('mail.log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`postfix did not start: ${log}`, { cause: thrown });
  }

  return {
    host: '127.0.0.1',
    port,
    submissionPort,
    imapPort,
    login,
    address: (mailbox) => `${mailbox}@${here}`,
    async mails(mailbox) {
      const folders = ['new', 'cur'].map((name) => at('mail', `${mailbox}@${here}`, name));
      const files = await Promise.all(
        folders.map(async (path) =>
          (await readdir(path).catch(() => [])).map((name) => readFile(join(path, name), 'utf8')),
        ),
      );
      return Promise.all(files.flat());
    },
    log: () => readFile(at('mail.log'), 'utf8'),
    stop,
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

function mainConfiguration(at: (...names: string[]) => string, saslPort: number): string {
  return `compatibility_level = 3.6
queue_directory = ${at('spool')}
data_directory = ${at('data')}
maillog_file = ${at('mail.log')}
maillog_file_prefixes = ${at()}
myhostname = mail.${here}
myorigin = ${here}
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
smtputf8_enable = yes
message_size_limit = 3000000
virtual_mailbox_limit = 3000000
virtual_mailbox_domains = ${here}
virtual_mailbox_base = ${at('mail')}
virtual_mailbox_maps = inline:{ {office@${here}=office@${here}/}, {client@${here}=client@${here}/}, {full@${here}=full@${here}/}, {grey@${here}=grey@${here}/}, {later@${here}=later@${here}/} }
virtual_alias_maps = inline:{ {forwarded@${here}=moved-away@${here}} }
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
default_transport = error:5.1.2 there is no way to the rest of the world
smtpd_tls_cert_file = ${at('cert.pem')}
smtpd_tls_key_file = ${at('key.pem')}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:${saslPort}
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ {full@${here}=552 5.2.2 Mailbox is full}, {grey@${here}=DEFER_IF_PERMIT 4.2.0 Greylisted for 300 seconds}, {later@${here}=451 4.7.1 Please come back later} }
`;
}

function masterConfiguration(port: number, submissionPort: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
127.0.0.1:${submissionPort} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;
}

function dovecotConfiguration(
  at: (...names: string[]) => string,
  imapPort: number,
  saslPort: number,
): string {
  return `base_dir = ${at('imap')}
state_dir = ${at('imap')}
instance_name = modular-gateway-test
log_path = ${at('dovecot.log')}
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${at('cert.pem')}
ssl_key = <${at('key.pem')}
auth_mechanisms = plain login
mail_location = maildir:${at('mail')}/%u
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = ${at('users')}
}
userdb {
  driver = static
  args = uid=${nobody} gid=${nobody} home=${at('mail')}/%u
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = ${saslPort}
  }
}
`;
}
