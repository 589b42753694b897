import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import type { TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openConsole, type TestConsole } from './open-console';

/** Two tenants with mail and webhooks that really go somewhere, and a gateway with its console. */
export interface HistoryOffice {
  readonly console: TestConsole;
  readonly mail: MailCatcher;
  readonly hook: WebhookReceiver;
  /** "Bright Plumbing": email */
  readonly plumbing: TestTenant;
  /** "Coastal Freight": email and webhook */
  readonly freight: TestTenant;
  stop(): Promise<void>;
}

export async function openHistoryOffice(): Promise<HistoryOffice> {
  const [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  const stopSinks = () => Promise.all([mail.stop(), hook.stop()]);
  try {
    const console = await openConsole({
      env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) },
    });
    try {
      const plumbing = await console.gateway.addTenant({
        settings: { max_retries: 1, first_retry_seconds: 0.05 },
      });
      const freight = await console.gateway.addTenant({
        settings: { webhook_enabled: true, webhook_url: `${hook.origin}/hook`, max_retries: 1 },
      });
      await console.call('tenants.rename', { customerId: plumbing.customerId, name: 'Bright Plumbing' });
      await console.call('tenants.rename', { customerId: freight.customerId, name: 'Coastal Freight' });
      return {
        console,
        mail,
        hook,
        plumbing,
        freight,
        async stop() {
          await console.stop();
          await stopSinks();
        },
      };
    } catch (thrown) {
      await console.stop();
      throw thrown;
    }
  } catch (thrown) {
    await stopSinks();
    throw thrown;
  }
}

export function payslipEvent(email: string, data: Readonly<Record<string, unknown>> = {}) {
  return {
    event_type: 'payslip:generated',
    event_data: {
      employee_id: 17,
      employee_email: email,
      employee_name: 'Thandi Mokoena',
      payslip_number: 'PS-2026-11',
      period: 'November 2026',
      net_pay: 18_450.75,
      ...data,
    },
  };
}

interface Accepted {
  readonly event_id: number;
  readonly deliveries: { readonly id: number; readonly channel: string }[];
}

/** Posts an event, as the PHP application does. @returns the ids of its deliveries */
export async function post(tenant: TestTenant, event: object): Promise<number[]> {
  const { status, body } = await tenant.post<Accepted>('/api/events', event);
  if (status !== 202) throw new Error(`the event was answered with ${status}`);
  return body.deliveries.map(({ id }) => id);
}

export async function untilStatus(tenant: TestTenant, id: number, status: string): Promise<void> {
  await waitUntil(
    async () => {
      const [row] = await tenant.sql<{ status: string }>(
        'select status from message_deliveries where id = $1',
        [id],
      );
      return row?.status === status;
    },
    { what: `delivery ${id} to be ${status}` },
  );
}

/** Moves a delivery with its event back in time. */
export async function putBack(tenant: TestTenant, id: number, interval: string): Promise<void> {
  await tenant.sql(
    `with moved as (update message_deliveries set created_at = created_at - $2::interval,
        sent_at = sent_at - $2::interval, updated_at = updated_at - $2::interval where id = $1 returning event_id)
      update websocket_events e set created_at = e.created_at - $2::interval from moved where e.id = moved.event_id`,
    [id, interval],
  );
}

/** Old messages, all done, one every ten minutes, the newest an hour old. */
export async function fillHistory(tenant: TestTenant, rows: number): Promise<void> {
  await tenant.sql(
    `insert into message_deliveries (customer_id, channel, recipient, status, retry_count, event_type, audience,
        queued_at, sent_at, message_id, error_code, error_message, created_at, updated_at)
      select $1, case when n % 3 = 0 then 'webhook' else 'email' end, 'client' || n || '@example.com',
        case when n % 50 = 0 then 'failed' else 'sent' end, 0,
        (array['invoice:sent', 'invoice:paid', 'timesheet:approved', 'payment:received'])[1 + n % 4], 'client',
        t.at, t.at at time zone 'utc', 'old-' || n,
        case when n % 50 = 0 then 'mailbox_unknown' end,
        case when n % 50 = 0 then 'There is no such mailbox at the other end. Check the address.' end, t.at, t.at
      from generate_series(1, $2::integer) as n,
        lateral (select now() - interval '1 hour' - n * interval '10 minutes' as at) t`,
    [tenant.customerId, rows],
  );
}
