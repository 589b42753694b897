import { batchBody } from './bench-event';
import type { BenchStage } from './bench-stage';
import type { BenchRow } from './bench-table';
import type { BenchTenant } from './bench-tenant';
import type { CostMeter } from './cost-meter';
import { singlePost } from './measure-intake';

/** What the lanes are made for: main/gateway/channels/webhook/webhook-channel.ts and email.ts. */
const webhookConcurrency = 10;
const mailConcurrency = 5;
const fillBatch = 500;

export interface DeliveryPlan {
  readonly rounds: number;
  /** waiting when the lanes are let go */
  readonly webhooks: number;
  readonly mails: number;
  /** of a bare loop */
  readonly durationMs: number;
  /** single posts a second to the same tenant meanwhile, each with one delivery more */
  readonly intakePerSecond: number;
}

/** Drains a backlog while a steady intake goes on; the bare loops have the machine for themselves. */
export async function measureDeliveries(
  stage: BenchStage,
  plan: DeliveryPlan,
  costs: CostMeter,
): Promise<BenchRow[]> {
  const { durationMs } = plan;
  const webhooks: number[] = [];
  const withHistory: number[] = [];
  const mails: number[] = [];
  const bareWebhooks: number[] = [];
  const bareMails: number[] = [];
  const body = await captureWebhook(stage);
  const mail = await captureMail(stage);

  /** @returns deliveries a second, as the sink saw them */
  async function drain(tenant: BenchTenant, kind: 'webhook' | 'mail', count: number): Promise<number> {
    const { load, sinks } = stage;
    await tenant.setPaused(true);
    await load.call('fill', {
      ...singlePost(stage, tenant),
      path: '/api/events/batch',
      body: batchBody(fillBatch),
      expectedStatus: 207,
      bodies: Math.ceil(count / fillBatch),
    });
    await sinks.call('reset', kind);
    const work = async () => {
      await load.call('startSteady', { ...singlePost(stage, tenant), perSecond: plan.intakePerSecond });
      await tenant.setPaused(false);
      const rate = await sinks.call('waitForRate', { kind, count });
      await load.call('stopSteady');
      return { rate, sent: await tenant.expectAllSent() };
    };
    const what = `${kind} of ${tenant.customerId}, intake included`;
    const { rate } = await costs.weigh(what, work, ({ sent }) => sent);
    await tenant.clear();
    return rate;
  }

  for (let round = -1; round < plan.rounds; round += 1) {
    const keep = (list: number[], rate: number) => {
      if (round >= 0) list.push(rate);
    };
    const share = round < 0 ? 0.5 : 1;
    const webhookCount = Math.round(plan.webhooks * share);
    const { load, webhookPort, mailPort } = stage;
    keep(withHistory, await drain(stage.history, 'webhook', webhookCount));
    keep(webhooks, await drain(stage.hooks, 'webhook', webhookCount));
    const bareWebhook = {
      port: webhookPort,
      body,
      inFlight: webhookConcurrency,
      durationMs: durationMs * share,
    };
    keep(bareWebhooks, (await load.call('bareWebhooks', bareWebhook)).rate);
    keep(mails, await drain(stage.mails, 'mail', Math.round(plan.mails * share)));
    const bareMail = { port: mailPort, mail, inFlight: mailConcurrency, durationMs: durationMs * share };
    keep(bareMails, (await load.call('bareMails', bareMail)).rate);
  }

  const meanwhile = `while ${plan.intakePerSecond} events/s come in`;
  return [
    {
      metric: `webhooks, ${webhookConcurrency} at once, signed, ${meanwhile}`,
      unit: 'webhooks/s',
      ours: webhooks,
      baseline: { what: 'posts/s, bare loop', values: bareWebhooks },
      target: { kind: 'ratio', value: 0.8 },
    },
    {
      metric: `emails, ${mailConcurrency} connections, rendered, ${meanwhile}`,
      unit: 'emails/s',
      ours: mails,
      baseline: { what: 'mails/s, bare nodemailer', values: bareMails },
      target: { kind: 'ratio', value: 0.9 },
    },
    {
      metric: `webhooks, with old deliveries in the tables`,
      unit: 'webhooks/s',
      ours: withHistory,
      baseline: { what: 'webhooks/s without', values: webhooks },
      target: { kind: 'ratio', value: 0.9 },
    },
  ];
}

/** The bare loop posts what the gateway posts. */
async function captureWebhook(stage: BenchStage): Promise<string> {
  const body = stage.sinks.call('nextWebhookBody');
  await stage.load.call('fill', { ...singlePost(stage, stage.hooks), bodies: 1 });
  const captured = await body;
  await stage.hooks.expectAllSent();
  await stage.hooks.clear();
  return captured;
}

/** The bare pool sends what the gateway sends: the same subject, text and HTML. */
async function captureMail(stage: BenchStage) {
  await stage.load.call('fill', { ...singlePost(stage, stage.mails), bodies: 1 });
  await stage.mails.expectAllSent();
  const { rows } = await stage.mails.db.query<{ to: string; subject: string; text: string; html: string }>(
    `select recipient as to, message_subject as subject, message_content as text, message_html as html
     from message_deliveries`,
  );
  const [mail] = rows;
  if (!mail) throw new Error('the mail was not kept');
  await stage.mails.clear();
  return mail;
}
