import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Attention } from '../../main/contracts/console/overview-calls';
import { isQuiet } from '../../main/gateway/console/alert-settings';
import { createAlertWatch } from '../../main/gateway/console/alert-watch';
import { createMemoryLogger } from '../support/memory-logger';
import { waitUntil } from '../support/wait-until';

const settings = { isOn: true, email: '', webhookUrl: 'http://127.0.0.1/alerts', quietFrom: '', quietTo: '' };

const down = (about: Partial<Attention> = {}): Attention => ({
  id: 'channel_down:ACC001:email',
  kind: 'channel_down',
  severity: 'error',
  customerId: 'ACC001',
  tenantName: 'Bright Plumbing',
  channel: 'email',
  count: 3,
  since: null,
  subject: null,
  detail: 'The mail server refuses connections.',
  ...about,
});

interface Posted {
  readonly subject: string;
  readonly text: string;
}

let stop: () => Promise<void> = () => Promise.resolve();
afterEach(() => stop());

function watch(stored: Record<string, unknown> = {}) {
  const posted: Posted[] = [];
  const state = { attention: [] as Attention[], looks: 0, works: true, now: new Date(2026, 10, 30, 12, 0) };
  const store = new Map<string, unknown>(Object.entries({ alerts: settings, ...stored }));
  const alerts = createAlertWatch({
    config: { systemSmtp: null } as never,
    gatewaySettings: {
      read: (name) => Promise.resolve(store.get(name)),
      write(name, value) {
        store.set(name, value);
        return Promise.resolve();
      },
    },
    overview: {
      attention() {
        state.looks += 1;
        return Promise.resolve(state.attention);
      },
    } as never,
    sendTestMail: () => Promise.reject(new Error('no mail is to be sent')),
    postAlert(_url, body) {
      if (state.works) posted.push(body as Posted);
      return Promise.resolve({ ok: state.works, message: state.works ? 'taken' : 'away', detail: null });
    },
    logger: createMemoryLogger(),
    lookEveryMs: 5,
    now: () => state.now,
  });
  stop = () => alerts.stop();
  const looks = async (count: number) => {
    const from = state.looks;
    await waitUntil(() => state.looks >= from + count, { what: `${count} looks` });
  };
  return { posted, state, store, looks };
}

test('a matter is told once, and once when it is over', async () => {
  const { posted, state, looks } = watch();
  state.attention = [down()];
  await waitUntil(() => posted.length === 1, { what: 'the alert' });
  expect(posted[0]?.subject).toBe('Your gateway: Bright Plumbing: Email is down.');
  expect(posted[0]?.text).toContain('The mail server refuses connections.');
  await looks(6);
  expect(posted).toHaveLength(1);
  state.attention = [];
  await waitUntil(() => posted.length === 2, { what: 'the end' });
  expect(posted[1]?.subject).toBe('Your gateway: resolved: Bright Plumbing: Email is down.');
  await looks(6);
  expect(posted).toHaveLength(2);
});

test('what is told together is one message, and what needs nobody away from the console is left out', async () => {
  const { posted, state } = watch({ gateway_name: 'Front office' });
  state.attention = [
    down(),
    down({
      id: 'whatsapp_scan:ACC002:whatsapp',
      kind: 'whatsapp_scan',
      tenantName: 'Coastal Freight',
      detail: null,
    }),
    down({ id: 'restart_needed', kind: 'restart_needed', tenantName: null }),
  ];
  await waitUntil(() => posted.length === 1, { what: 'the alert' });
  expect(posted[0]?.subject).toBe('Front office: 2 items need attention');
  expect(posted[0]?.text).toContain('WhatsApp of Coastal Freight: scan the code again.');
});

test('quiet hours are kept, and what is still so is told afterwards', async () => {
  const { posted, state, looks } = watch({ alerts: { ...settings, quietFrom: '22:00', quietTo: '06:00' } });
  state.now = new Date(2026, 10, 30, 23, 30);
  state.attention = [down()];
  await looks(6);
  expect(posted).toEqual([]);
  state.now = new Date(2026, 11, 1, 6, 0);
  await waitUntil(() => posted.length === 1, { what: 'the alert of the morning' });
});

test('what could not be told is told again, and a restart repeats nothing', async () => {
  const first = watch();
  first.state.works = false;
  first.state.attention = [down()];
  await first.looks(5);
  first.state.works = true;
  await waitUntil(() => first.store.get('alerts_told') !== undefined, { what: 'it to be told' });
  await stop();
  const again = watch({ alerts_told: first.store.get('alerts_told') });
  again.state.attention = [down()];
  await again.looks(6);
  expect(again.posted).toEqual([]);
});

test('switched off, nobody is told and nothing is looked at', async () => {
  const { posted, state } = watch({ alerts: { ...settings, isOn: false } });
  state.attention = [down()];
  // Longer than many looks would take.
  await setTimeout(100);
  expect([posted.length, state.looks]).toEqual([0, 0]);
});

describe('quiet hours', () => {
  const at = (hour: number, minute = 0) => new Date(2026, 10, 30, hour, minute);
  test.each([
    ['22:00', '06:00', at(23), true],
    ['22:00', '06:00', at(5, 59), true],
    ['22:00', '06:00', at(6), false],
    ['12:00', '13:00', at(12, 30), true],
    ['12:00', '13:00', at(13), false],
    ['', '', at(3), false],
    ['08:00', '08:00', at(8), false],
  ])('from %s to %s at %s: %s', (quietFrom, quietTo, now, expected) => {
    expect(isQuiet({ ...settings, quietFrom, quietTo }, now)).toBe(expected);
  });
});
