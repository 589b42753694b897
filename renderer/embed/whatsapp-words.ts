import type { WhatsAppStatus } from '../../main/contracts/statuses';

export interface StatusWords {
  readonly title: string;
  readonly words: string;
}

/** While this page waits for a session to come up. */
export const startingWords: StatusWords = {
  title: 'Starting WhatsApp',
  words: 'This can take half a minute.',
};

const statusWords: Readonly<Record<WhatsAppStatus, StatusWords>> = {
  not_initialized: {
    title: 'No phone linked yet',
    words: 'Messages for WhatsApp wait until a phone is linked.',
  },
  qr_ready: {
    title: 'Scan this code with the phone',
    words: 'It links the phone once; after that messages go out by themselves.',
  },
  authenticated: { title: 'Phone linked', words: 'WhatsApp is loading its chats.' },
  ready: { title: 'Connected', words: 'Messages go out by WhatsApp.' },
  auth_failed: {
    title: 'WhatsApp did not accept the login',
    words: 'Connect again and scan a new code with the phone.',
  },
  disconnected: { title: 'Not connected', words: 'Messages for WhatsApp wait until it is connected.' },
  logged_out: {
    title: 'Logged out',
    words: 'Messages for WhatsApp wait until a phone is linked again.',
  },
};

export function wordsOfStatus(status: WhatsAppStatus | undefined): StatusWords {
  return status === undefined
    ? { title: 'WhatsApp', words: 'Asking the gateway how things stand.' }
    : statusWords[status];
}

export function isWhatsAppStatus(value: unknown): value is WhatsAppStatus {
  return typeof value === 'string' && Object.prototype.hasOwnProperty.call(statusWords, value);
}

/** `ABCDEFGH` → `ABCD-EFGH`, as WhatsApp shows it. */
export function formatPairingCode(code: string): string {
  return /^[A-Z0-9]{8}$/i.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}

export function formatPhone(phone: string): string {
  return /^\d+$/.test(phone) ? `+${phone}` : phone;
}
