import type { CaughtMail } from '../../simulators/mail-catcher';
import { html, type Markup } from './html';
import { layOutPage, showTime } from './page-layout';

const shownMails = 200;

export function showMailList(mails: readonly CaughtMail[]): string {
  const rows = mails
    .map(
      (mail, index) =>
        html`<tr>
          <td>${showTime(mail.receivedAt)}</td>
          <td>${mail.to.join(', ')}</td>
          <td><a href="/mails/${index + 1}">${mail.parsed.subject ?? '(no subject)'}</a></td>
          <td>${describeAttachments(mail)}</td>
        </tr>`,
    )
    .slice(-shownMails)
    .reverse();
  return layOutPage(
    'Mails',
    '/mails',
    html`<p class="quiet">
        Everything that the gateway mails in this demo is caught here; nothing leaves this machine.
      </p>
      <div id="mails" data-live>
        ${
          rows.length === 0
            ? html`<p class="card">No mail yet.</p>`
            : html`<table>
                <thead>
                  <tr>
                    <th>At</th>
                    <th>To</th>
                    <th>Subject</th>
                    <th>Attachments</th>
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

function describeAttachments({ parsed }: CaughtMail): string {
  return parsed.attachments.map(({ filename }) => filename ?? 'unnamed').join(', ');
}

export function showMail(mail: CaughtMail, number: number): string {
  const { parsed } = mail;
  const attachments: readonly Markup[] = parsed.attachments.map(
    (attachment, index) =>
      html`<a href="/mails/${number}/attachments/${index + 1}">${attachment.filename ?? 'unnamed'}</a>
        (${attachment.size} bytes) `,
  );
  return layOutPage(
    parsed.subject ?? '(no subject)',
    '/mails',
    html`<div class="card">
        <dl>
          <dt>From</dt>
          <dd>${parsed.from?.text ?? mail.from}</dd>
          <dt>To</dt>
          <dd>${mail.to.join(', ')}</dd>
          <dt>At</dt>
          <dd>${showTime(mail.receivedAt)}</dd>
          <dt>Message-ID</dt>
          <dd>${parsed.messageId ?? 'none'}</dd>
          ${
            attachments.length === 0
              ? undefined
              : html`<dt>Attachments</dt>
                  <dd>${attachments}</dd>`
          }
        </dl>
      </div>
      <h2>As a mail program shows it</h2>
      <iframe title="The mail's HTML" sandbox src="/mails/${number}/html"></iframe>
      <h2>As text</h2>
      <pre class="card">${parsed.text ?? ''}</pre>`,
  );
}
