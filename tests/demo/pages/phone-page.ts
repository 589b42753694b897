import type { SimulatedMessage } from '../../simulators/whatsapp-web/simulated-phone';
import { html, type Markup } from './html';
import { layOutPage, showTime } from './page-layout';

export interface PhoneView {
  readonly number: string;
  readonly isLinked: boolean;
  /** the code that the gateway shows, as a PNG data URL */
  readonly qrCode: string | null;
  /** the gateway's word for the session, or why it cannot be asked */
  readonly gatewayStatus: string;
  readonly messages: readonly SimulatedMessage[];
  readonly people: readonly { readonly name: string; readonly number: string }[];
  /** what went wrong with the last press of a button */
  readonly problem: string | undefined;
}

const shownMessages = 60;
const ticks: Readonly<Record<number, string>> = { 1: '✓ sent', 2: '✓✓ delivered', 3: '✓✓ read' };

export function showPhone(view: PhoneView): string {
  const { people } = view;
  const options = people.map(({ name, number }) => html`<option value="${number}">${name}</option>`);
  return layOutPage(
    'Phone',
    '/phone',
    html`<p class="quiet">
        The phone of the demo's business account, +${view.number}. It talks to a simulator of WhatsApp's
        servers on this machine; the gateway drives the real WhatsApp Web library in a real browser.
      </p>
      <div id="state" data-live>
        ${view.problem === undefined ? undefined : html`<p class="card bad" role="alert">${view.problem}</p>`}
        ${view.isLinked ? showLinked(view) : showUnlinked(view)}
      </div>
      <h2>A client writes back</h2>
      <form class="reply card" method="post" action="/phone/write">
        <label
          >From
          <select name="from">
            ${options}
          </select></label
        >
        <input name="text" aria-label="Message" value="Thank you, received!" required maxlength="1000" />
        <button>Send to the business</button>
      </form>
      <h2>Chats</h2>
      <div id="chats" data-live>${showChats(view)}</div>`,
  );
}

function showLinked(view: PhoneView): Markup {
  return html`<div class="card">
    <p>
      <strong class="good">Linked device: Modular Gateway</strong>
      <span class="quiet">(the gateway says: ${view.gatewayStatus})</span>
    </p>
    <form method="post" action="/phone/unlink"><button>Remove this device</button></form>
  </div>`;
}

function showUnlinked(view: PhoneView): Markup {
  return html`<div class="card">
    <p>
      <strong>No linked device.</strong>
      <span class="quiet">The gateway says: ${view.gatewayStatus}. Its WhatsApp messages wait.</span>
    </p>
    ${
      view.qrCode === null
        ? html`<p>The gateway shows no code at the moment; scanning asks it for one.</p>`
        : html`<img class="code" alt="The code that the gateway shows" src="${view.qrCode}" />`
    }
    <form method="post" action="/phone/scan"><button class="main">Scan the code</button></form>
  </div>`;
}

function showChats({ messages, people }: PhoneView): Markup {
  const chats = new Map<string, SimulatedMessage[]>();
  for (const message of messages.slice(-shownMessages)) {
    chats.set(message.remote, [...(chats.get(message.remote) ?? []), message]);
  }
  if (chats.size === 0) return html`<p class="card">No message yet.</p>`;
  const cards = [...chats].map(([remote, chat]) => {
    const number = remote.replace(/@.*$/, '');
    const name = people.find((entry) => entry.number === number)?.name ?? `+${number}`;
    return html`<div class="card">
      <h3>${name}</h3>
      <div class="chat">${chat.toReversed().map(showMessage)}</div>
    </div>`;
  });
  return html`<div class="chats">${cards}</div>`;
}

function showMessage(message: SimulatedMessage): Markup {
  const { filename, caption } = message.fields;
  const text = filename === undefined ? message.body : `Document ${filename}\n${caption ?? ''}`.trim();
  const at = new Date(message.t * 1000);
  const progress = message.fromMe ? (ticks[message.ack] ?? '') : '';
  return html`<div class="message ${message.fromMe ? 'ours' : ''}">
    <p>${showBold(text)}</p>
    <small>${showTime(at)} ${progress}</small>
  </div>`;
}

/** WhatsApp prints *this* bold. */
function showBold(text: string): Markup {
  const parts = text.split(/(\*[^*\n]+\*)/);
  return html`${parts.map((part) => (/^\*.+\*$/.test(part) ? html`<strong>${part.slice(1, -1)}</strong>` : html`${part}`))}`;
}
