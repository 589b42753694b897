import type { LoggedDelivery, LoggedEvent } from './event-log';

export type Tone = 'busy' | 'good' | 'bad' | 'quiet';

/** `invoice:sent` → “Invoice sent”. */
export function titleOfEvent(eventType: string): string {
  const words = eventType.replace(/[:._-]+/g, ' ').trim();
  return words === '' ? 'Event' : words.charAt(0).toUpperCase() + words.slice(1);
}

export function toneOfEvent(event: LoggedEvent): Tone {
  if (event.phase === 'completed') return event.total === 0 ? 'quiet' : 'good';
  return event.phase === 'failed' || event.phase === 'refused' ? 'bad' : 'busy';
}

export function wordsOfEvent(event: LoggedEvent): string {
  const { phase, sent, failed, total, error, deliveries } = event;
  switch (phase) {
    case 'waiting':
      return 'Waiting for the gateway';
    case 'refused':
      return error ?? 'Not accepted';
    case 'pending':
      return 'Accepted';
    case 'processing': {
      const open = deliveries.filter(({ status }) =>
        ['pending', 'sending', 'held', 'unknown'].includes(status),
      );
      if (open.length > 0 && open.every(({ status }) => status === 'held')) return 'Waiting for WhatsApp';
      if (open.length > 0 && open.every(({ status }) => status === 'unknown'))
        return 'Waiting for a decision';
      return total > 1 ? `Sending · ${sent + failed} of ${total}` : 'Sending';
    }
    case 'completed':
      return total === 0 ? 'Recorded · nothing to send' : wordsOfSent(deliveries, total);
    case 'failed':
      return total > 1 && failed > 0
        ? `${failed} of ${total} not sent`
        : (deliveries[0]?.error ?? error ?? 'Not sent');
  }
}

function wordsOfSent(deliveries: readonly LoggedDelivery[], total: number): string {
  const all = (...statuses: string[]) =>
    deliveries.length > 0 && deliveries.every(({ status }) => statuses.includes(status));
  const word = all('read') ? 'Read' : all('delivered', 'read') ? 'Delivered' : 'Sent';
  return total > 1 ? `${word} · ${total} messages` : word;
}

const channelWords: Readonly<Record<string, string>> = {
  email: 'Email',
  whatsapp: 'WhatsApp',
  webhook: 'Webhook',
};

export function wordsOfChannel(channel: string): string {
  return channelWords[channel] ?? channel;
}

const deliveryWords: Readonly<Record<string, string>> = {
  pending: 'Waiting',
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not sent',
  unknown: 'Unclear whether it was sent',
  held: 'Waiting for WhatsApp',
};

export function wordsOfDelivery(delivery: LoggedDelivery): string {
  const { status, nextAttemptMs } = delivery;
  if (status === 'pending' && nextAttemptMs !== undefined) return `Next try ${clockTime(nextAttemptMs)}`;
  return deliveryWords[status] ?? status;
}

export function toneOfDelivery({ status }: LoggedDelivery): Tone {
  if (status === 'failed' || status === 'unknown') return 'bad';
  return ['sent', 'delivered', 'read'].includes(status) ? 'good' : 'busy';
}

/** The time of day; the day too when it is another one. */
export function clockTime(atMs: number, nowMs: number = Date.now()): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${at.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}
