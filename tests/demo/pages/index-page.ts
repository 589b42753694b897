import type { ListedDelivery, ListedEvent } from '../gateway-client';
import { html, type Markup } from './html';
import { layOutPage, showTime } from './page-layout';

export interface IndexView {
  readonly gatewayOrigin: string;
  /** undefined: the console has a window of its own */
  readonly consoleUrl: string | undefined;
  readonly whatsappStatus: string;
  readonly counts: { readonly mails: number; readonly calls: number; readonly messages: number };
  readonly events: readonly ListedEvent[];
}

const tones: Readonly<Record<string, string>> = {
  sent: 'good',
  delivered: 'good',
  read: 'good',
  failed: 'bad',
  unknown: 'bad',
};

export function showIndex(view: IndexView): string {
  const rows = view.events.map(
    (event) =>
      html`<tr>
        <td>${showTime(event.created_at)}</td>
        <td>${event.event_type}</td>
        <td>${event.deliveries.map(showDelivery)}</td>
      </tr>`,
  );
  return layOutPage(
    'Demo',
    '/',
    html`<p>
        A gateway with one tenant, the small business “Demo Traders”. Every few seconds something happens
        there, and the gateway tells those whom it concerns. Nothing leaves this machine.
      </p>
      <div id="cards" data-live>
        <div class="cards">
          <div class="card">
            <a href="${view.consoleUrl ?? view.gatewayOrigin}"
              >${view.consoleUrl === undefined ? 'Gateway' : 'Console'}</a
            >
            <p class="quiet">
              ${view.consoleUrl === undefined ? 'The console is open in a window of its own.' : "The operator's pages; the link signs in once."}
            </p>
          </div>
          <div class="card">
            <a href="/mails">Mails</a>
            <p class="quiet">${view.counts.mails} caught.</p>
          </div>
          <div class="card">
            <a href="/webhooks">Webhooks</a>
            <p class="quiet">${view.counts.calls} received.</p>
          </div>
          <div class="card">
            <a href="/phone">Phone</a>
            <p class="quiet">
              WhatsApp: ${view.whatsappStatus}. ${view.counts.messages} messages.
              ${view.whatsappStatus === 'ready' ? undefined : 'Press “Scan the code” there.'}
            </p>
          </div>
        </div>
      </div>
      <h2>Latest events</h2>
      <div id="events" data-live>
        ${
          rows.length === 0
            ? html`<p class="card">The first one is on its way.</p>`
            : html`<table>
                <thead>
                  <tr>
                    <th>At</th>
                    <th>Event</th>
                    <th>Deliveries</th>
                  </tr>
                </thead>
                <tbody>
                  ${rows}
                </tbody>
              </table>`
        }
      </div>
      <p class="quiet">
        Refunds go to a mailbox that is busy at the first attempt: watch one fail, wait and leave.
      </p>`,
  );
}

function showDelivery(delivery: ListedDelivery): Markup {
  const retried =
    delivery.retry_count > 0
      ? ` after ${delivery.retry_count} failed ${delivery.retry_count === 1 ? 'attempt' : 'attempts'}`
      : '';
  const waits =
    delivery.status === 'pending' && delivery.retry_count > 0
      ? html`, next attempt at ${showTime(delivery.next_attempt_at ?? new Date())}`
      : undefined;
  return html`<div>
    ${delivery.channel} to ${delivery.recipient}:
    <span class="${tones[delivery.status] ?? 'wait'}">${delivery.status}${retried}</span>${waits}
    ${delivery.error === null || delivery.status === 'sent' ? undefined : html`<span class="quiet">${delivery.error}</span>`}
    ${delivery.held_reason === null ? undefined : html`<span class="quiet">${delivery.held_reason}</span>`}
  </div>`;
}
