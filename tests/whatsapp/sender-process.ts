/*
 * A gateway reduced to WhatsApp, for a test that kills it: takes as many deliveries at once as the
 * delivery engine would, and says on its output what became of each. Started by kill-sender.test.ts.
 */
import { createAttachmentLoader } from '../../main/gateway/channels/attachments/attachment-loader';
import { ChannelError, type OutgoingMessage } from '../../main/gateway/channels/channel';
import { createWhatsAppChannel } from '../../main/gateway/channels/whatsapp/whatsapp-channel';
import { createSignals } from '../../main/gateway/signals';
import { createDatabase } from '../../main/gateway/storage/database';
import { createInstalledBrowsers } from '../../main/gateway/whatsapp/installed-browsers';
import type { SessionConfig } from '../../main/gateway/whatsapp/session-config';
import { createWhatsAppSessions } from '../../main/gateway/whatsapp/whatsapp-sessions';
import { makeTenant } from '../channels/make-message';
import { createMemoryLogger } from '../support/memory-logger';

export interface SenderJob {
  readonly databaseUrl: string;
  readonly dataDir: string;
  readonly config: Partial<SessionConfig>;
  readonly customerId: string;
  readonly first: number;
  readonly last: number;
  /** these were under way when the process before was killed */
  readonly interrupted: readonly number[];
}

const job = JSON.parse(process.argv[2] ?? '') as SenderJob;
const logger = createMemoryLogger();
const db = createDatabase({
  url: job.databaseUrl,
  logger,
  applicationName: 'whatsapp-sender',
  maxConnections: 4,
});
const sessions = createWhatsAppSessions({
  dataDir: job.dataDir,
  browsers: createInstalledBrowsers(),
  databaseOf: () => db,
  signals: createSignals(() => undefined),
  logger,
  config: job.config,
});
const attachments = createAttachmentLoader();
const channel = createWhatsAppChannel({
  sessions,
  databaseOf: () => db,
  attachments,
  logger,
  onReceipts: () => undefined,
  times: { ackTimeoutMs: 1_000, reconcileTimeoutMs: 20_000, historyQuietMs: 500 },
});
const tenant = makeTenant(
  { whatsapp_min_gap_ms: 0, whatsapp_max_gap_ms: 0, whatsapp_new_contacts_per_day: 0 },
  job.customerId,
);

function messageOf(deliveryId: number): OutgoingMessage {
  return {
    deliveryId,
    eventId: deliveryId,
    eventType: 'invoice:sent',
    eventTime: new Date(),
    recipient: `+2782200${String(1000 + (deliveryId % 7))}`,
    attempt: 1,
    messageId: `delivery-${deliveryId}`,
    whatsapp: { text: `message ${deliveryId}.` },
    attachments: [],
    eventData: {},
  };
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function sendOne(deliveryId: number): Promise<void> {
  for (;;) {
    say(`sending ${deliveryId}`);
    try {
      await channel.send(tenant, messageOf(deliveryId), new AbortController().signal);
      say(`sent ${deliveryId}`);
      return;
    } catch (thrown) {
      const error = thrown instanceof ChannelError ? thrown : undefined;
      if (error?.kind === 'unknown') {
        say(`unknown ${deliveryId}`);
        return;
      }
      if (!error || error.kind === 'permanent') throw thrown;
      await sessions.waitForTransport(job.customerId, 60_000);
    }
  }
}

await sessions.start([job.customerId]);
await sessions.waitForTransport(job.customerId, 60_000);
/** A recipient's next message is taken up when the one before has its outcome; others overlap. */
const lastOf = new Map<string, Promise<void>>();
function inOrder(deliveryId: number, work: () => Promise<void>): Promise<void> {
  const { recipient } = messageOf(deliveryId);
  const done = (lastOf.get(recipient) ?? Promise.resolve()).then(work);
  lastOf.set(recipient, done);
  return done;
}
async function findOrSend(deliveryId: number): Promise<void> {
  const found = await channel.findInterrupted?.(tenant, messageOf(deliveryId));
  if (found?.outcome === 'sent') say(`sent ${deliveryId}`);
  else if (found?.outcome === 'uncertain') say(`unknown ${deliveryId}`);
  else await sendOne(deliveryId);
}
await Promise.all(job.interrupted.map((deliveryId) => inOrder(deliveryId, () => findOrSend(deliveryId))));
let next = job.first;
async function sendInTurn(): Promise<void> {
  while (next <= job.last) {
    const deliveryId = next;
    next += 1;
    await inOrder(deliveryId, () => sendOne(deliveryId));
  }
}
await Promise.all(Array.from({ length: channel.concurrencyOf?.(tenant) ?? 1 }, sendInTurn));
say('done');
await channel.stop();
await attachments.stop();
await sessions.stop();
process.exit(0);
