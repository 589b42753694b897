import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChannelName } from '../../main/contracts/statuses';
import { type Channel, ChannelError, type OutgoingMessage } from '../../main/gateway/channels/channel';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

/** All that a new way out needs: it is written here, and the gateway's source knows nothing of it. */
function createPigeonChannel() {
  const flown: { readonly customerId: string; readonly message: OutgoingMessage }[] = [];
  const state = { isLost: false, isStopped: false };
  const channel: Channel = {
    // The names that queries and pages know are a list of the contract; this one is not in it.
    name: 'pigeon' as string as ChannelName,
    concurrency: 2,
    ordered: false,
    endpointOf: ({ settings }) => (settings.email_enabled ? undefined : 'the loft'),
    send({ customerId }, message) {
      if (state.isLost) {
        state.isLost = false;
        return Promise.reject(new ChannelError('deferred', 'lost', 'It lost its way.', { retryAfterMs: 10 }));
      }
      flown.push({ customerId, message });
      return Promise.resolve({ messageId: `ring ${flown.length}`, response: 'coo' });
    },
    stop() {
      state.isStopped = true;
      return Promise.resolve();
    },
  };
  return { channel, flown, state };
}

const pigeon = createPigeonChannel();
let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway({ channels: [pigeon.channel] });
  tenant = await gateway.addTenant({ settings: { email_enabled: false } });
});
afterAll(async () => {
  await gateway.stop();
  expect(pigeon.state.isStopped).toBe(true);
});

it('takes the data of an event, is tried again, and ends the event like any other channel', async () => {
  pigeon.state.isLost = true;
  const socket = await tenant.watch();
  const { body } = await tenant.post('/api/events', invoiceEvent());
  expect(body['deliveries']).toMatchObject([{ channel: 'pigeon', recipient: 'the loft', status: 'pending' }]);
  const completed = await socket.waitFor('event:completed');
  expect(completed).toMatchObject({
    event_id: body['event_id'],
    result: { deliveries: [{ channel: 'pigeon', status: 'sent' }] },
  });
  expect(pigeon.flown).toMatchObject([
    {
      customerId: tenant.customerId,
      message: {
        eventType: 'invoice:sent',
        recipient: 'the loft',
        eventData: { invoice_number: 'INV-1042' },
      },
    },
  ]);
});

it('takes inserted rows, too', async () => {
  const before = pigeon.flown.length;
  await tenant.sql(
    `insert into websocket_events (customer_id, event_type, event_data, status) values ($1, $2, $3, 'pending')`,
    [tenant.customerId, 'invoice:sent', invoiceEvent().event_data],
  );
  await waitUntil(() => pigeon.flown.length > before, { what: 'the pigeon' });
  expect(pigeon.flown.at(-1)?.message.eventData).toMatchObject({ invoice_number: 'INV-1042' });
});

it('gets nothing from a tenant for whom it is off', async () => {
  const before = pigeon.flown.length;
  await tenant.set({ email_enabled: true });
  const { body } = await tenant.post('/api/events', quietEvent);
  expect(body['deliveries']).toEqual([]);
  expect(pigeon.flown).toHaveLength(before);
});
