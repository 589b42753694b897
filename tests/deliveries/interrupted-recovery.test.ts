import { beforeEach, describe, expect, test } from 'vitest';
import type { ChannelName } from '../../main/contracts/statuses';
import type { Channel, InterruptedOutcome, OutgoingMessage } from '../../main/gateway/channels/channel';
import type { DeliveryEngineParts, DeliveryTenant } from '../../main/gateway/deliveries/delivery-tenant';
import {
  createInterruptedRecovery,
  type InterruptedRecovery,
} from '../../main/gateway/deliveries/interrupted-recovery';
import type { OutcomeRecorder } from '../../main/gateway/deliveries/outcome-recorder';
import type { ClaimedDelivery, DeliveryOutcome } from '../../main/gateway/storage/delivery-rows';
import { createMemoryLogger, type MemoryLogger } from '../support/memory-logger';
import { makeClaimedDelivery } from './claimed-delivery';

const instance = 42;

let interrupted: ClaimedDelivery[];
let claims: unknown[][];
let released: { ids: readonly number[]; claimedBy: number }[];
let recorded: DeliveryOutcome[];
let woken: ChannelName[];
let asked: OutgoingMessage[];
let logger: MemoryLogger;
let answer: () => Promise<InterruptedOutcome>;
let recovery: InterruptedRecovery;

beforeEach(() => {
  interrupted = [];
  claims = [];
  released = [];
  recorded = [];
  woken = [];
  asked = [];
  logger = createMemoryLogger();
  answer = () => Promise.resolve({ outcome: 'absent' });
  const whatsapp = {
    name: 'whatsapp',
    findInterrupted: (_tenant: unknown, message: OutgoingMessage) => {
      asked.push(message);
      return answer();
    },
  } as unknown as Channel;
  const channels = new Map<ChannelName, Channel>([
    ['email', { name: 'email' } as Channel],
    ['whatsapp', whatsapp],
  ]);
  const tenant = {
    customerId: 'ACC003',
    awaitedContents: new Map(),
    deliveries: {
      claimInterrupted: (...given: unknown[]) => {
        claims.push(given);
        return Promise.resolve(interrupted);
      },
      release: (ids: readonly number[], claimedBy: number) => {
        released.push({ ids, claimedBy });
        return Promise.resolve();
      },
      loadEventData: () => Promise.reject(new Error('no data')),
    },
  };
  const recorder = {
    record: (_delivery: ClaimedDelivery, outcome: DeliveryOutcome, onWritten?: () => void) => {
      recorded.push(outcome);
      onWritten?.();
    },
  };
  recovery = createInterruptedRecovery(
    { logger, channels, instance } as unknown as DeliveryEngineParts,
    tenant as unknown as DeliveryTenant,
    recorder as OutcomeRecorder,
    (channel) => woken.push(channel),
    () => [11, 12],
  );
});

const email = (id: number) => makeClaimedDelivery({ id });
const whatsapp = (id: number, fields: Partial<ClaimedDelivery> = {}) =>
  makeClaimedDelivery({ id, channel: 'whatsapp', direct_message: { text: 'Dear client' }, ...fields });

async function runToEnd(): Promise<void> {
  await recovery.run();
  await recovery.stop(new AbortController().signal);
}

test('looks in its own name, and leaves alone what it knows to be its own', async () => {
  await recovery.run();
  expect(claims).toEqual([[instance, expect.any(Number), expect.any(Number), [11, 12]]]);
});

test('says and does nothing where nothing was interrupted', async () => {
  await recovery.run();
  expect(logger.lines).toEqual([]);
  expect(released).toEqual([]);
});

test('says how many it took over', async () => {
  interrupted = [email(1), whatsapp(2)];
  await runToEnd();
  expect(logger.lines).toMatchObject([{ level: 'info', fields: { customer_id: 'ACC003', deliveries: 2 } }]);
});

describe('where receivers drop repeats by their id', () => {
  test('messages are due again at once, untouched', async () => {
    interrupted = [email(1), email(2)];
    await runToEnd();
    expect(released).toEqual([{ ids: [1, 2], claimedBy: instance }]);
    expect(recorded).toEqual([]);
  });

  test('so are those of a channel that this gateway does not have', async () => {
    interrupted = [makeClaimedDelivery({ id: 5, channel: 'webhook' })];
    await runToEnd();
    expect(released).toEqual([{ ids: [5], claimedBy: instance }]);
  });
});

describe('a channel that can look is asked before anything is sent again', () => {
  const base = { id: 3, retryCount: 2, nextAttemptInMs: 0, attempt: null, message: null };

  test('with the message as it was, under its stable id', async () => {
    interrupted = [whatsapp(3, { message_id: 'msg_1-3-acc003', retry_count: 2 })];
    await runToEnd();
    expect(asked).toMatchObject([
      {
        deliveryId: 3,
        attempt: 3,
        messageId: 'msg_1-3-acc003',
        whatsapp: { text: 'Dear client' },
      },
    ]);
    expect(released).toEqual([]);
  });

  test('found: it counts as sent, by the channel’s own id', async () => {
    answer = () => Promise.resolve({ outcome: 'sent', receipt: { messageId: 'true_1@c.us', response: '' } });
    interrupted = [whatsapp(3, { retry_count: 2 })];
    await runToEnd();
    expect(recorded).toMatchObject([{ ...base, status: 'sent', messageId: 'true_1@c.us', error: null }]);
    expect(woken).toEqual(['whatsapp']);
  });

  test('not there: it is due again, and no attempt is spent', async () => {
    interrupted = [whatsapp(3, { retry_count: 2 })];
    await runToEnd();
    expect(recorded).toMatchObject([{ ...base, status: 'pending', messageId: null, errorCode: null }]);
    expect(woken).toEqual(['whatsapp']);
  });

  test.each([
    {
      what: 'it cannot tell',
      reply: () =>
        Promise.resolve({
          outcome: 'uncertain',
          reason: 'the chat could not be read',
        }) as Promise<InterruptedOutcome>,
      reason: 'the chat could not be read',
    },
    {
      what: 'it fails',
      reply: () => Promise.reject(new Error('the page is gone')),
      reason: 'the page is gone',
    },
  ])('$what: a person decides, and nothing is sent twice', async ({ reply, reason }) => {
    answer = reply;
    interrupted = [whatsapp(3, { retry_count: 2 })];
    await runToEnd();
    expect(recorded).toMatchObject([
      {
        ...base,
        status: 'unknown',
        errorCode: 'outcome_unknown',
        error: expect.stringContaining(reason) as string,
      },
    ]);
    expect(released).toEqual([]);
  });

  test('a message that cannot be built any more waits for a person, too', async () => {
    interrupted = [whatsapp(3, { direct_message: null, event_data: null })];
    await runToEnd();
    expect(asked).toEqual([]);
    expect(recorded).toMatchObject([
      { status: 'unknown', error: expect.stringContaining('no data') as string },
    ]);
  });
});

describe('while a channel is asked', () => {
  test('its leases are to be renewed, until it has answered', async () => {
    let resolve: (outcome: InterruptedOutcome) => void = () => undefined;
    const promise = new Promise<InterruptedOutcome>((done) => (resolve = done));
    answer = () => promise;
    interrupted = [whatsapp(3), email(4), whatsapp(5)];
    await recovery.run();
    expect(recovery.claimedIds()).toEqual([3, 5]);
    resolve({ outcome: 'absent' });
    await recovery.stop(new AbortController().signal);
    expect(recovery.claimedIds()).toEqual([]);
    expect(recorded.map(({ id }) => id)).toEqual([3, 5]);
  });

  test('stopping waits for it no longer than its deadline', async () => {
    answer = () => new Promise(() => undefined);
    interrupted = [whatsapp(3)];
    await recovery.run();
    const deadline = new AbortController();
    const stopped = recovery.stop(deadline.signal);
    deadline.abort();
    await stopped;
    expect(recorded).toEqual([]);
    expect(recovery.claimedIds()).toEqual([3]);
    await recovery.stop(AbortSignal.abort());
  });
});
