import { createTransport, type SendMailOptions, type SMTPPoolSentMessageInfo } from 'nodemailer';
import { ChannelError } from '../channel';
import { isLoopbackHost, type SmtpAccount } from './smtp-account';

/** From the name lookup to the end of STARTTLS. */
const connectTimeoutMs = 20_000;
/** So long mails under way may go on after `stop`. */
const stopGraceMs = 1_000;

export interface SmtpPoolOptions {
  /** connections to one tenant's own account; 5 by default */
  readonly connectionsPerTenant?: number;
  /** connections to the system account, which tenants share; 20 by default */
  readonly systemConnections?: number;
  /** from the connection to the server's greeting; 15,000 by default (Postfix's postscreen takes 6 s) */
  readonly greetingTimeoutMs?: number;
  /** of silence in the middle of a conversation; 120,000 by default, for servers scan before they answer */
  readonly socketTimeoutMs?: number;
  /** for one mail altogether, waiting for a connection included; 300,000 by default */
  readonly sendTimeoutMs?: number;
  /** after which an unused connection is closed; 180,000 by default */
  readonly idleMs?: number;
}

export interface SmtpPools {
  /**
   * Hands a mail to the account's server over a pooled connection.
   * @throws ChannelError for `aborted`, `stopped` and a mail that takes longer than `sendTimeoutMs`;
   * anything else is nodemailer's error as it came
   */
  send(
    account: SmtpAccount,
    customerId: string,
    mail: SendMailOptions,
    abort: AbortSignal,
  ): Promise<SMTPPoolSentMessageInfo>;
  /** Closes the tenant's own pools once their mails are through; the next mail opens a new one. */
  forget(customerId: string): void;
  /** Lets mails under way go on for a second; ends within that and a moment. */
  stop(): Promise<void>;
}

/**
 * Exim's default for mails over one connection (smtp_accept_max_per_connection); nodemailer's 100 costs a
 * pause of 100 ms each time. A server with a lower limit says 421, and the pool takes a new connection.
 */
const mailsPerConnection = 1_000;

interface Pool {
  readonly key: string;
  readonly system: boolean;
  readonly customers: Set<string>;
  readonly transport: ReturnType<typeof openTransport>;
  /** closes a pool that nobody has used for a while; runs only while nothing is under way */
  readonly idleClock: NodeJS.Timeout;
  underWay: number;
  /** closes as soon as nothing is under way */
  retired: boolean;
}

function openTransport(account: SmtpAccount, options: SmtpPoolOptions) {
  const transport = createTransport({
    pool: true,
    host: account.host,
    port: account.port,
    ...(account.ehloName === undefined ? {} : { name: account.ehloName }),
    secure: account.tls === 'implicit',
    requireTLS: account.tls === 'required',
    // On this machine nobody can stand in between, and local servers come with home-made certificates.
    tls: { rejectUnauthorized: !isLoopbackHost(account.host) },
    ...(account.username === null ? {} : { auth: { user: account.username, pass: account.password ?? '' } }),
    maxConnections: account.system ? (options.systemConnections ?? 20) : (options.connectionsPerTenant ?? 5),
    maxMessages: mailsPerConnection,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: options.greetingTimeoutMs ?? 15_000,
    socketTimeout: options.socketTimeoutMs ?? 120_000,
    idleTimeout: options.idleMs ?? 180_000,
    // A connection that is given up has nothing more to say; waiting for the server's side would outlive stop().
    socketCloseTimeout: 0,
    // Contents come from events: they are texts and bytes, never names of files or addresses to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Failures reach the mails concerned; an `error` event without a listener would end the process.
  transport.on('error', () => undefined);
  return transport;
}

/** One pool of connections for each SMTP account in use. */
export function createSmtpPools(options: SmtpPoolOptions = {}): SmtpPools {
  const idleMs = options.idleMs ?? 180_000;
  const sendTimeoutMs = options.sendTimeoutMs ?? 300_000;
  const pools = new Map<string, Pool>();
  /** retired ones too, until they are closed */
  const openPools = new Set<Pool>();
  let stopping: Promise<void> | undefined;
  let onQuiet: (() => void) | undefined;

  function closePool(pool: Pool, force = false): void {
    clearTimeout(pool.idleClock);
    if (pools.get(pool.key) === pool) pools.delete(pool.key);
    openPools.delete(pool);
    pool.transport.close({ force });
    if (openPools.size === 0) onQuiet?.();
  }

  function retirePool(pool: Pool): void {
    pool.retired = true;
    if (pools.get(pool.key) === pool) pools.delete(pool.key);
    if (pool.underWay === 0) closePool(pool);
  }

  function openPool(key: string, account: SmtpAccount): Pool {
    const pool: Pool = {
      key,
      system: account.system,
      customers: new Set(),
      transport: openTransport(account, options),
      // A little later than the connections, which say goodbye to the server by themselves.
      idleClock: setTimeout(() => {
        if (pool.underWay === 0) closePool(pool);
      }, idleMs + 5_000).unref(),
      underWay: 0,
      retired: false,
    };
    pools.set(key, pool);
    openPools.add(pool);
    return pool;
  }

  function takePool(account: SmtpAccount, customerId: string): Pool {
    const { host, port, tls, username, password, system, ehloName } = account;
    const key = JSON.stringify([host, port, tls, username, password, system, ehloName]);
    const pool = pools.get(key) ?? openPool(key, account);
    if (!system) pool.customers.add(customerId);
    pool.underWay += 1;
    return pool;
  }

  function releasePool(pool: Pool): void {
    pool.underWay -= 1;
    if (pool.underWay > 0) return;
    if (pool.retired) closePool(pool);
    else pool.idleClock.refresh();
  }

  async function sendThrough(
    pool: Pool,
    mail: SendMailOptions,
    abort: AbortSignal,
  ): Promise<SMTPPoolSentMessageInfo> {
    const attempt = new AbortController();
    const onAbort = () => {
      attempt.abort();
    };
    const clock = setTimeout(onAbort, sendTimeoutMs);
    abort.addEventListener('abort', onAbort, { once: true });
    try {
      return await pool.transport.sendMail({ ...mail, signal: attempt.signal });
    } catch (thrown) {
      if (abort.aborted) {
        throw new ChannelError('temporary', 'aborted', 'The mail was not waited for any longer.');
      }
      if (attempt.signal.aborted) {
        throw new ChannelError(
          'unavailable',
          'smtp_timed_out',
          `The mail server did not take the mail within ${sendTimeoutMs / 1000} seconds.`,
        );
      }
      if (stopping !== undefined) throw stoppedError();
      throw thrown;
    } finally {
      clearTimeout(clock);
      abort.removeEventListener('abort', onAbort);
    }
  }

  async function stopPools(): Promise<void> {
    for (const pool of [...openPools]) retirePool(pool);
    if (openPools.size === 0) return;
    await new Promise<void>((resolve) => {
      const clock = setTimeout(() => {
        for (const pool of [...openPools]) closePool(pool, true);
      }, stopGraceMs);
      onQuiet = () => {
        clearTimeout(clock);
        resolve();
      };
    });
  }

  return {
    async send(account, customerId, mail, abort) {
      if (stopping !== undefined) throw stoppedError();
      if (abort.aborted)
        throw new ChannelError('temporary', 'aborted', 'The mail was not waited for any longer.');
      const pool = takePool(account, customerId);
      try {
        return await sendThrough(pool, mail, abort);
      } finally {
        releasePool(pool);
      }
    },
    forget(customerId) {
      for (const pool of [...pools.values()]) {
        pool.customers.delete(customerId);
        if (!pool.system && pool.customers.size === 0) retirePool(pool);
      }
    },
    stop() {
      stopping ??= stopPools();
      return stopping;
    },
  };
}

function stoppedError(): ChannelError {
  return new ChannelError('temporary', 'stopped', 'The mail was not sent because the gateway is stopping.');
}
