import type { WhatsAppStatus } from '../../main/contracts/statuses';
import { buildButton, buildElement, setText } from './build-element';
import { createCodeTimer } from './code-timer';
import type { PageError } from './page-error';
import { formatPairingCode, formatPhone, startingWords, wordsOfStatus } from './whatsapp-words';

export interface WhatsAppViewState {
  readonly status?: WhatsAppStatus;
  readonly phone?: string;
  /** PNG data URL */
  readonly qrCode?: string;
  readonly pairingCode?: string;
  /** the gateway's own word on why, where it gave one */
  readonly reason?: string;
  readonly error?: PageError;
  readonly busy?: 'connecting' | 'pairing' | 'leaving';
}

export interface WhatsAppViewActions {
  readonly connect: () => void;
  readonly pair: (phone: string) => void;
  readonly logout: () => void;
  readonly checkStatus: () => void;
}

export interface WhatsAppView {
  show(state: WhatsAppViewState): void;
  stop(): void;
}

const steps = [
  'Open WhatsApp on the phone.',
  'Tap Settings (or the three dots), then Linked devices.',
  'Tap Link a device and point the phone at this code.',
];
const pairingSteps =
  'On the phone: Linked devices, Link a device, Link with phone number instead. Type this code:';
const connectable: readonly (WhatsAppStatus | undefined)[] = [
  'not_initialized',
  'disconnected',
  'auth_failed',
  'logged_out',
];

/** The session's panel inside the page's own element; styled by whatsapp-sessions.css. */
export function createWhatsAppView(container: HTMLElement, actions: WhatsAppViewActions): WhatsAppView {
  const css = (name: string) => ({ class: `whatsapp-sessions__${name}` });
  const title = buildElement('p', css('title'));
  const words = buildElement('p', css('words'));
  const phone = buildElement('p', css('phone'));
  const heading = buildElement('div', { ...css('heading'), role: 'status' }, title, words, phone);
  const error = buildElement('p', { ...css('error'), role: 'alert' });

  const picture = buildElement('img', {
    ...css('code'),
    alt: 'Code to scan with WhatsApp',
    draggable: 'false',
  });
  const timer = createCodeTimer(actions.checkStatus);
  const newCode = buildButton(css('link'), actions.connect, 'Show a new code');
  const code = buildElement(
    'div',
    css('scan'),
    buildElement('div', css('picture'), picture, timer.element),
    buildElement(
      'div',
      {},
      buildElement('ol', css('steps'), ...steps.map((step) => buildElement('li', {}, step))),
      newCode,
    ),
  );

  const phoneField = buildElement('input', {
    ...css('field'),
    type: 'tel',
    name: 'phone',
    autocomplete: 'tel',
    placeholder: '082 123 4567',
    required: '',
  });
  const pairButton = buildElement('button', { ...css('button'), type: 'submit' }, 'Get a code');
  const pairingCode = buildElement('output', css('pairing-code'));
  const pairingHint = buildElement('p', css('words'), pairingSteps);
  const form = buildElement(
    'form',
    css('form'),
    buildElement('label', css('label'), 'Phone number', phoneField),
    pairButton,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    actions.pair(phoneField.value.trim());
  });
  const pairing = buildElement(
    'details',
    css('pairing'),
    buildElement('summary', {}, 'Link with the phone number instead'),
    form,
    pairingHint,
    pairingCode,
  );

  const connect = buildButton(
    { class: 'whatsapp-sessions__button whatsapp-sessions__button--main' },
    actions.connect,
  );
  const leave = buildButton(css('button'), () => askToLeave(true), 'Log out');
  const question = buildElement(
    'div',
    css('question'),
    buildElement('p', css('words'), 'Log this phone out? Messages then wait until a phone is linked again.'),
    buildButton(
      { class: 'whatsapp-sessions__button whatsapp-sessions__button--danger' },
      () => {
        askToLeave(false);
        actions.logout();
      },
      'Log out',
    ),
    buildButton(css('button'), () => askToLeave(false), 'Stay connected'),
  );
  const buttons = buildElement('div', css('actions'), connect, leave);
  const panel = buildElement('div', css('panel'), heading, error, code, pairing, buttons, question);
  container.classList.add('whatsapp-sessions');
  container.replaceChildren(panel);
  question.hidden = true;

  function askToLeave(isAsked: boolean): void {
    question.hidden = !isAsked;
    leave.hidden = isAsked;
    if (isAsked) question.querySelector('button')?.focus();
  }

  function show(state: WhatsAppViewState): void {
    const { status, busy } = state;
    const isConnecting = busy === 'connecting' && status !== 'qr_ready' && status !== 'ready';
    const shown = isConnecting ? startingWords : wordsOfStatus(status);
    const hasCode = status === 'qr_ready' && state.qrCode !== undefined;
    container.dataset['status'] = isConnecting ? 'initializing' : (status ?? 'unknown');
    container.setAttribute('aria-busy', String(busy !== undefined));
    setText(title, shown.title);
    // “Logged out: Logged out.” says nothing twice.
    const reason = state.reason === `${shown.title}.` ? undefined : state.reason;
    setText(words, connectable.includes(status) && !isConnecting ? (reason ?? shown.words) : shown.words);
    setText(phone, state.phone === undefined ? '' : formatPhone(state.phone));
    phone.hidden = status !== 'ready' || state.phone === undefined;
    setText(error, state.error?.message ?? '');
    error.hidden = state.error === undefined;

    code.hidden = !hasCode;
    if (hasCode && picture.getAttribute('src') !== state.qrCode) {
      picture.src = state.qrCode;
      timer.restart();
    }
    if (!hasCode) {
      picture.removeAttribute('src');
      timer.stop();
    }

    pairing.hidden = status === 'ready' || status === 'authenticated' || status === undefined;
    pairButton.disabled = busy !== undefined;
    setText(pairButton, busy === 'pairing' ? 'Asking WhatsApp …' : 'Get a code');
    setText(pairingCode, state.pairingCode === undefined ? '' : formatPairingCode(state.pairingCode));
    pairingCode.hidden = pairingHint.hidden = state.pairingCode === undefined;

    connect.hidden = !connectable.includes(status) && !(status === undefined && state.error !== undefined);
    connect.disabled = busy !== undefined;
    setText(connect, isConnecting ? 'Starting …' : status === undefined ? 'Try again' : 'Connect WhatsApp');
    if (status !== 'ready') question.hidden = true;
    leave.hidden = status !== 'ready' || !question.hidden;
    leave.disabled = busy !== undefined;
    buttons.hidden = connect.hidden && leave.hidden;
  }

  return {
    show,
    stop() {
      timer.stop();
      container.replaceChildren();
      container.classList.remove('whatsapp-sessions');
      delete container.dataset['status'];
      container.removeAttribute('aria-busy');
    },
  };
}
