import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { patienceMs } from '../support/patience';

export type MailStage = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data';

/** How the server misbehaves at one stage of the conversation; the first of the last four that is set decides. */
interface MailBehaviour {
  readonly stage: MailStage;
  /** only for this recipient (`rcpt` and `data`) */
  readonly recipient?: string;
  /** for so many mails, then it is gone; for all by default */
  readonly times?: number;
  /** waits before it goes on, or before it does what else is asked */
  readonly delayMs?: number;
  /** says nothing any more, keeps the connection */
  readonly hang?: boolean;
  /** cuts the connection */
  readonly drop?: boolean;
  /** answers with this code and text instead of accepting: 550 for good, 451 for now */
  readonly code?: number;
  readonly text?: string;
}

export interface CaughtMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
  readonly receivedAt: Date;
  /** came over TLS */
  readonly secure: boolean;
  /** who logged in; null without a login */
  readonly username: string | null;
  /** the same number for mails that came over the same connection; the first is 1 */
  readonly connection: number;
}

export interface MailCatcherOptions {
  /** 0, any free one, by default */
  readonly port?: number;
  /** false: mails are counted and thrown away; for benchmarks */
  readonly parse?: boolean;
  /** the one login that is accepted; without it nobody has to log in */
  readonly login?: { readonly username: string; readonly password: string };
  /** announced by the SIZE extension, larger mails get 552 */
  readonly maxSizeBytes?: number;
  /** `starttls` offers it, `implicit` is TLS from the first byte; with a certificate that nobody trusts */
  readonly tls?: 'none' | 'starttls' | 'implicit';
  /** false: does not offer SMTPUTF8 */
  readonly utf8?: boolean;
  readonly onMail?: (mail: CaughtMail) => void;
}

export interface MailCatcher {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly mails: readonly CaughtMail[];
  /** mails accepted so far, kept or not */
  readonly count: number;
  /** connections opened so far */
  readonly connections: number;
  readonly openConnections: number;
  /** recipients named so far, accepted or not */
  readonly recipientCount: number;
  /** Adds a behaviour; the newest that fits wins. */
  behave(behaviour: MailBehaviour): void;
  /** From here on everything is accepted, and no mails are kept. */
  reset(): void;
  /** Cuts all connections, as a server does that is restarted. */
  dropConnections(): void;
  /** The first mail, kept or yet to come, that fits. Rejects after `timeoutMs`. */
  waitForMail(fits?: (mail: CaughtMail) => boolean, timeoutMs?: number): Promise<CaughtMail>;
  waitForCount(count: number, timeoutMs?: number): Promise<void>;
  /** Resolves once so many recipients were named in all: a mail is under way. */
  waitForRecipients(count: number, timeoutMs?: number): Promise<void>;
  waitForConnections(count: number, timeoutMs?: number): Promise<void>;
  waitForNoConnections(timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

type Reply = (error?: Error | null) => void;

function replyError(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** A real SMTP server on 127.0.0.1 that keeps what it gets and misbehaves as told. */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const parse = options.parse ?? true;
  const tls = options.tls ?? 'none';
  /** by the client's port, which a session knows */
  const sockets = new Map<number, Socket>();
  const connectionNumbers = new Map<number, number>();
  const timers = new Set<NodeJS.Timeout>();
  const watchers = new Set<() => void>();
  let mails: CaughtMail[] = [];
  let script: { readonly behaviour: MailBehaviour; left: number }[] = [];
  let count = 0;
  let connections = 0;
  let recipientCount = 0;

  const tell = () => {
    for (const watcher of [...watchers]) watcher();
  };

  function waitUntil<T>(look: () => T | undefined, timeoutMs: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(deadline);
        watchers.delete(check);
        resolve(found);
      };
      const deadline = setTimeout(() => {
        watchers.delete(check);
        reject(
          new Error(`mail catcher: ${what} did not happen within ${timeoutMs} ms (${count} mails came)`),
        );
      }, timeoutMs);
      watchers.add(check);
      check();
    });
  }

  const whenTrue = async (look: () => boolean, timeoutMs: number, what: string) => {
    await waitUntil(() => (look() ? true : undefined), timeoutMs, what);
  };

  function takeBehaviour(stage: MailStage, recipients: readonly string[]): MailBehaviour | undefined {
    const entry = script.findLast(
      ({ behaviour, left }) =>
        left > 0 &&
        behaviour.stage === stage &&
        (behaviour.recipient === undefined || recipients.includes(behaviour.recipient)),
    );
    if (entry === undefined) return undefined;
    entry.left -= 1;
    return entry.behaviour;
  }

  function react(behaviour: MailBehaviour, session: SMTPServerSession, reply: Reply): void {
    if (behaviour.hang === true) return;
    if (behaviour.drop === true) sockets.get(session.remotePort)?.destroy();
    else if (behaviour.code !== undefined) reply(replyError(behaviour.code, behaviour.text ?? 'scripted'));
    else reply();
  }

  /** Answers at one stage, as scripted or by accepting. */
  function answer(
    stage: MailStage,
    session: SMTPServerSession,
    recipients: readonly string[],
    reply: Reply,
  ): void {
    const behaviour = takeBehaviour(stage, recipients);
    if (behaviour === undefined) {
      reply();
      return;
    }
    if (behaviour.delayMs === undefined) {
      react(behaviour, session, reply);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      react(behaviour, session, reply);
    }, behaviour.delayMs);
    timers.add(timer);
  }

  async function keepMail(raw: Buffer, session: SMTPServerSession): Promise<void> {
    const { mailFrom, rcptTo } = session.envelope;
    const mail: CaughtMail = {
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({ address }) => address),
      raw,
      parsed: await simpleParser(raw),
      receivedAt: new Date(),
      secure: session.secure,
      username: typeof session.user === 'string' ? session.user : null,
      connection: connectionNumbers.get(session.remotePort) ?? 0,
    };
    mails.push(mail);
    options.onMail?.(mail);
  }

  const server = new SMTPServer({
    // Its own warning about the built-in certificate is for people who run mail servers.
    logger: false,
    secure: tls === 'implicit',
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    hideSMTPUTF8: options.utf8 === false,
    disabledCommands: [
      ...(tls === 'starttls' ? [] : ['STARTTLS']),
      ...(options.login === undefined ? ['AUTH'] : []),
    ],
    authOptional: options.login === undefined,
    ...(options.maxSizeBytes === undefined ? {} : { size: options.maxSizeBytes, rejectOversized: true }),
    closeTimeout: 1,
    onConnect(session, callback) {
      answer('connect', session, [], callback);
    },
    onAuth(auth, session, callback) {
      answer('auth', session, [], (error) => {
        if (error !== undefined && error !== null) {
          callback(error);
        } else if (auth.username === options.login?.username && auth.password === options.login?.password) {
          callback(null, { user: auth.username });
        } else {
          callback(replyError(535, 'Authentication credentials invalid'));
        }
      });
    },
    onMailFrom(_address, session, callback) {
      answer('mail', session, [], callback);
    },
    onRcptTo({ address }, session, callback) {
      recipientCount += 1;
      if (watchers.size > 0) tell();
      answer('rcpt', session, [address], callback);
    },
    onData(stream, session, callback) {
      if (!parse) {
        stream.resume();
        stream.on('end', () => {
          count += 1;
          callback();
          if (watchers.size > 0) tell();
        });
        return;
      }
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        answer('data', session, recipients, (error) => {
          if ((error !== undefined && error !== null) || stream.sizeExceeded) {
            callback(error ?? null);
            return;
          }
          keepMail(Buffer.concat(chunks), session).then(
            () => {
              count += 1;
              callback();
              tell();
            },
            (thrown: unknown) => {
              callback(replyError(451, String(thrown)));
            },
          );
        });
      });
    },
  });
  // Clients that break off are part of the tests.
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    connections += 1;
    const { remotePort } = socket;
    if (remotePort !== undefined) {
      sockets.set(remotePort, socket);
      connectionNumbers.set(remotePort, connections);
    }
    socket.on('close', () => {
      if (remotePort !== undefined) sockets.delete(remotePort);
      tell();
    });
    tell();
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as AddressInfo;

  return {
    host: '127.0.0.1',
    port,
    get mails() {
      return mails;
    },
    get count() {
      return count;
    },
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    get recipientCount() {
      return recipientCount;
    },
    behave(behaviour) {
      script.push({ behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY });
    },
    reset() {
      mails = [];
      script = [];
    },
    dropConnections() {
      for (const socket of sockets.values()) socket.destroy();
    },
    waitForMail(fits = () => true, timeoutMs = patienceMs) {
      return waitUntil(() => mails.find(fits), timeoutMs, 'the awaited mail');
    },
    waitForCount: (wanted, timeoutMs = patienceMs) =>
      whenTrue(() => count >= wanted, timeoutMs, `mail ${wanted}`),
    waitForRecipients: (wanted, timeoutMs = patienceMs) =>
      whenTrue(() => recipientCount >= wanted, timeoutMs, `recipient ${wanted}`),
    waitForConnections: (wanted, timeoutMs = patienceMs) =>
      whenTrue(() => connections >= wanted, timeoutMs, `connection ${wanted}`),
    waitForNoConnections: (timeoutMs = patienceMs) =>
      whenTrue(() => sockets.size === 0, timeoutMs, 'the closing of all connections'),
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => {
        server.server.once('close', () => resolve());
      });
      server.close();
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}
