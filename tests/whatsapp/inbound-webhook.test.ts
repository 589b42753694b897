import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Queryable } from '../../main/gateway/storage/database';
import type { Statement } from '../../main/gateway/storage/database-client';
import { keepInbound } from '../../main/gateway/whatsapp/keep-inbound';
import type { ChatMessage } from '../../main/gateway/whatsapp/whatsapp-transport';
import {
  type ReceivedRequest,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../simulators/webhook-receiver';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { createMemoryLogger } from '../support/memory-logger';
import { pairWhatsApp } from '../support/pair-whatsapp';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

const secret = `whsec_${Buffer.from('inbound-webhook-secret-of-32-byte').toString('base64')}`;
let simulator: WhatsAppSimulator;
let hook: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;
let phone: SimulatedPhone;

beforeAll(async () => {
  simulator = await createWhatsAppSimulator();
  hook = await startWebhookReceiver();
  gateway = await startGateway({
    // The rules hold spaces: split as a shell splits.
    env: { WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `"${arg}"`).join(' ') },
  });
  tenant = await gateway.addTenant({
    settings: {
      webhook_enabled: true,
      webhook_url: `${hook.origin}/hook`,
      webhook_secret: secret,
      first_retry_seconds: 1,
    },
  });
  phone = simulator.createPhone('27821110001');
  await pairWhatsApp(tenant, simulator, phone);
});
afterAll(async () => {
  await gateway.stop();
  await simulator.stop();
  await hook.stop();
});

interface InboundBody {
  readonly type: string;
  readonly event_type: string;
  readonly customer_id: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const bodyOf = (request: ReceivedRequest) => JSON.parse(request.body.toString()) as InboundBody;
const saying = (text: string) => (request: ReceivedRequest) => bodyOf(request).data['body'] === text;

test('what a client writes reaches the page and, signed, the webhook', async () => {
  const socket = await tenant.watch();
  const messageId = phone.write('27830000009', 'Thank you!');
  const request = await hook.waitForRequest(saying('Thank you!'));
  const { headers } = request;
  expect(bodyOf(request)).toMatchObject({
    type: 'whatsapp:message_received',
    event_type: 'whatsapp:message_received',
    customer_id: tenant.customerId,
    data: {
      message_id: messageId,
      from: '+27830000009',
      chat_id: '27830000009@c.us',
      kind: 'chat',
      body: 'Thank you!',
      event_id: null,
    },
  });
  new Webhook(secret).verify(request.body, headers as Record<string, string>);
  expect(headers['x-webhook-signature']).toBe(
    createHmac('sha256', secret).update(request.body).digest('hex'),
  );
  expect(await socket.waitFor('whatsapp:message_received')).toMatchObject({
    message_id: messageId,
    from: '+27830000009',
    body: 'Thank you!',
  });
});

test('what is written at once is told in the order in which it was written', async () => {
  const socket = await tenant.watch();
  const said = Array.from({ length: 15 }, (_, n) => `line ${n + 1}`);
  for (const text of said) phone.write('27830000011', text);
  const heard = () => socket.named('whatsapp:message_received').map(({ body }) => body);
  await waitUntil(() => heard().length === said.length, { what: 'all to be told' });
  expect(heard()).toEqual(said);
  for (const text of said) await hook.waitForRequest(saying(text));
});

test('the webhook is a delivery like any other: it is tried again, and told once', async () => {
  hook.behave({ status: 503, times: 1 });
  phone.write('27830000010', 'When is it due?');
  await waitUntil(() => hook.requests.filter(saying('When is it due?')).length === 2, {
    what: 'the second attempt',
  });
  const ids = hook.requests.filter(saying('When is it due?')).map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(1);
  const delivery = await waitUntil(
    async () => {
      const { body } = await tenant.get<{ deliveries: Record<string, unknown>[] }>(
        '/api/deliveries?event_type=whatsapp:message_received&limit=1',
      );
      return body.deliveries.find(({ status }) => status === 'sent');
    },
    { what: 'the delivery to be sent' },
  );
  expect(delivery).toMatchObject({ channel: 'webhook', recipient: `${hook.origin}/hook`, retry_count: 1 });
});

test('a webhook that is off gets none', async () => {
  const count = hook.requests.length;
  await tenant.set({ webhook_enabled: false });
  phone.write('27830000009', 'Not for the webhook');
  const stored = (text: string) =>
    waitUntil(
      async () => (await tenant.sql('select 1 from whatsapp_inbound where body = $1', [text])).length > 0,
      {
        what: `“${text}” to be stored`,
      },
    );
  await stored('Not for the webhook');
  await tenant.set({ webhook_enabled: true });
  phone.write('27830000009', 'For the webhook');
  await hook.waitForRequest(saying('For the webhook'));
  expect(hook.requests.slice(count).map((request) => bodyOf(request).data['body'])).toEqual([
    'For the webhook',
  ]);
});

test('a message that WhatsApp says again, as after a reconnect, is passed on once', async () => {
  const database: Queryable = {
    query: <Row extends object>({ text, values }: Statement) => tenant.sql<Row>(text, values),
  };
  const message: ChatMessage = {
    messageId: 'false_27830000011@c.us_SAIDTWICE',
    chatId: '27830000011@c.us',
    isFromMe: false,
    ack: 1,
    kind: 'chat',
    body: 'Said twice',
    filename: undefined,
    at: new Date(),
    errorCode: undefined,
  };
  const parts = {
    databaseOf: () => database,
    webhookOf: () => `${hook.origin}/hook`,
    logger: createMemoryLogger(),
  };
  expect(await keepInbound(parts, tenant.customerId, message)).toMatchObject({ sender: '+27830000011' });
  expect(await keepInbound(parts, tenant.customerId, message)).toBeUndefined();
  const rows = await tenant.sql(
    "select id from message_deliveries where direct_message ->> 'body' = 'Said twice'",
  );
  expect(rows).toHaveLength(1);
});
