import type { NumberUsed } from '../../../contracts/office-number';
import type { SessionState } from '../../whatsapp/session-record';

/** Why a session that is not ready holds messages back, for people. */
export function holdReason(state: SessionState | undefined, number: NumberUsed = 'own'): string {
  // Tenants read this: what is the matter with it is the operator's to know.
  if (number === 'office') return 'The office number of WhatsApp is not connected.';
  switch (state?.status) {
    case 'initializing':
    case 'authenticated':
      return 'WhatsApp is connecting.';
    case 'qr_ready':
      return 'WhatsApp waits for its code to be scanned.';
    case 'auth_failed':
    case 'logged_out':
      return 'WhatsApp is not linked: a code has to be scanned.';
    case 'not_initialized':
    case 'disconnected':
      return state.isPaired
        ? `WhatsApp is not connected${state.error === undefined ? '.' : `: ${state.error}`}`
        : 'WhatsApp is not linked: a code has to be scanned.';
    case 'ready':
      return 'WhatsApp is loading its page anew.';
    case undefined:
      return 'WhatsApp is not connected.';
  }
}
