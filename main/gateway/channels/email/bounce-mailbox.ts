import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { describeBounceTrouble, openBounceClient, type BounceMailboxAccount } from './bounce-account';
import { readBounceReport, type BounceReport } from './bounce-report';

/** `ours`: it is done with, and marked as read. `later`: it is looked at again soon. */
type BounceAnswer = 'ours' | 'not_ours' | 'later';

export interface BounceMailboxOptions {
  readonly account: BounceMailboxAccount;
  readonly logger: Logger;
  readonly customerId: string;
  readonly onBounce: (report: BounceReport) => Promise<BounceAnswer>;
  /** between two looks, where the server does not announce new mail; 60,000 by default */
  readonly pollMs?: number;
  /** after a failure, doubled each time up to five minutes; 5,000 by default */
  readonly firstRetryMs?: number;
}

export interface BounceMailbox {
  /** what keeps it from being read, in a sentence; undefined while it is read, and after a first failure */
  problem(): string | undefined;
  stop(): Promise<void>;
}

const longestRetryMs = 5 * 60 * 1000;
const soonMs = 2_000;
/** Reports older than that concern nothing that anybody still waits for. */
const readBackMs = 14 * 24 * 60 * 60 * 1000;
/** Of a report, which carries the mail that came back: the parts that matter come first. */
const longestSourceBytes = 512 * 1024;

/** Keeps reading a mailbox for delivery reports, over one connection, until it is stopped. Never throws. */
export function watchBounceMailbox(options: BounceMailboxOptions): BounceMailbox {
  const { account, logger, customerId } = options;
  const pollMs = options.pollMs ?? 60_000;
  const firstRetryMs = options.firstRetryMs ?? 5_000;
  let problem: string | undefined;
  let failures = 0;
  let stopped = false;
  let client: ImapFlow | undefined;
  let wake: (() => void) | undefined;
  /** nothing of ours, or no report at all: not fetched a second time */
  let passedOver = new Set<number>();

  const isStopped = () => stopped;

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopped) wake();
    });
  }

  async function run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!isStopped()) {
      try {
        await readUntilClosed();
        retryMs = firstRetryMs;
      } catch (thrown) {
        if (isStopped()) return;
        failures += 1;
        problem = describeBounceTrouble(account, thrown);
        logger.warn('bounce.mailbox_failed', 'bounce mailbox cannot be read', {
          customer_id: customerId,
          error: problem,
        });
      } finally {
        client?.close();
        client = undefined;
      }
      if (isStopped()) return;
      await sleep(retryMs);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
    }
  }

  async function readUntilClosed(): Promise<void> {
    const imap = openBounceClient(account);
    client = imap;
    let lost: Error | undefined;
    // Without a listener an error would end the process.
    imap.on('error', (error: Error) => {
      lost = error;
      wake?.();
    });
    imap.on('close', () => {
      lost ??= new Error('the connection was closed');
      wake?.();
    });
    await imap.connect();
    await imap.mailboxOpen('INBOX');
    imap.on('exists', () => wake?.());
    passedOver = new Set();
    failures = 0;
    const isLost = () => lost;
    while (!isStopped() && isLost() === undefined) {
      const again = await readNew(imap);
      if (isStopped() || isLost() !== undefined) break;
      await sleep(again ? soonMs : pollMs);
    }
    const reason = isLost();
    if (reason !== undefined && !isStopped()) throw reason;
  }

  /** @returns whether something is to be looked at again soon */
  async function readNew(imap: ImapFlow): Promise<boolean> {
    // A server that cannot announce mail (no IDLE) is polled.
    await imap.noop();
    const found = await imap.search({ seen: false, since: new Date(Date.now() - readBackMs) }, { uid: true });
    const uids = (found || []).filter((uid) => !passedOver.has(uid));
    let again = false;
    for (const uid of uids) {
      if (isStopped()) return false;
      const answer = await readOne(imap, uid);
      if (answer === 'ours') await imap.messageFlagsAdd({ uid: String(uid) }, ['\\Seen'], { uid: true });
      else if (answer === 'later') again = true;
      else passedOver.add(uid);
    }
    return again;
  }

  async function readOne(imap: ImapFlow, uid: number): Promise<BounceAnswer> {
    const head = await imap.fetchOne(
      String(uid),
      { headers: ['content-type', 'x-failed-recipients'] },
      { uid: true },
    );
    if (head === false || !looksLikeReport(head)) return 'not_ours';
    const mail = await imap.fetchOne(
      String(uid),
      { source: { start: 0, maxLength: longestSourceBytes } },
      { uid: true },
    );
    if (mail === false || mail.source === undefined) return 'not_ours';
    const report = await readBounceReport(mail.source).catch((thrown: unknown) => {
      logger.warn('bounce.report_unreadable', 'delivery report cannot be read', {
        customer_id: customerId,
        error: errorText(thrown),
      });
      return undefined;
    });
    return report ? options.onBounce(report) : 'not_ours';
  }

  const running = run();

  return {
    // Servers end idle connections: one that comes back at once is no trouble.
    problem: () => (failures > 1 ? problem : undefined),
    async stop() {
      stopped = true;
      wake?.();
      client?.close();
      await running;
    },
  };
}

function looksLikeReport(head: FetchMessageObject): boolean {
  const text = head.headers?.toString('utf8') ?? '';
  return /multipart\/report/i.test(text) || /^x-failed-recipients:/im.test(text);
}
