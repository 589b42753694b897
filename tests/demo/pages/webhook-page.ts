import type { ReceivedCall } from '../received-calls';
import { html } from './html';
import { layOutPage, showTime } from './page-layout';

const shownCalls = 100;

export function showWebhooks(calls: readonly ReceivedCall[]): string {
  const rows = calls
    .slice(-shownCalls)
    .reverse()
    .map(
      (call) =>
        html`<tr>
          <td>${showTime(call.at)}</td>
          <td>${call.type}</td>
          <td>
            ${
              call.isSigned
                ? html`<span class="good">✓ signature is right</span>`
                : html`<span class="bad">✗ signature is wrong</span>`
            }
          </td>
          <td>
            <details id="call-${call.number}">
              <summary>${call.webhookId}</summary>
              <pre>${call.body}</pre>
            </details>
          </td>
        </tr>`,
    );
  return layOutPage(
    'Webhooks',
    '/webhooks',
    html`<p class="quiet">
        What the gateway posts to the application. Both signatures of each call are checked with the tenant's
        secret: Standard Webhooks, and X-Webhook-Signature.
      </p>
      <div id="calls" data-live>
        ${
          rows.length === 0
            ? html`<p class="card">No call yet.</p>`
            : html`<table>
                <thead>
                  <tr>
                    <th>At</th>
                    <th>Type</th>
                    <th>Signature</th>
                    <th>webhook-id and body</th>
                  </tr>
                </thead>
                <tbody>
                  ${rows}
                </tbody>
              </table>`
        }
      </div>`,
  );
}
