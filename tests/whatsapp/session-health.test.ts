import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listProcesses } from '../../main/gateway/whatsapp/process-tree';
import { folderExists } from '../../main/gateway/whatsapp/profile-folder';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { patienceMs } from '../support/patience';
import { waitUntil } from '../support/wait-until';
import { createWhatsAppHarness, type WhatsAppHarness } from './whatsapp-harness';

let harness: WhatsAppHarness;
let phone: SimulatedPhone;
const customerId = 'ACC001';

beforeAll(async () => {
  harness = await createWhatsAppHarness();
  phone = await harness.pair(customerId, '27821110001');
});
afterAll(() => harness.stop());
beforeEach(async () => {
  // Each test starts from a session that is ready, whatever the one before did to it.
  await phone.behave({});
  await harness.waitForStatus(customerId, 'ready');
  harness.changes.length = 0;
});

const kinds = () => harness.changes.map(({ kind }) => kind);

/** The session was lost and came back by itself: said so, and sends again. */
async function expectRecovery(reason: RegExp): Promise<void> {
  await waitUntil(() => kinds().includes('client_ready'), {
    what: 'the session to recover',
  });
  expect(kinds()).toEqual(['client_disconnected', 'client_authenticated', 'client_ready']);
  expect(harness.changes[0]?.reason).toMatch(reason);
  const { length } = phone.received;
  const sent = await harness.sessions
    .transportOf(customerId)!
    .send('27830000001@c.us', { kind: 'text', text: reason.source });
  expect(sent.ack).toBeGreaterThanOrEqual(1);
  expect(phone.received).toHaveLength(length + 1);
}

test('browser killed', async () => {
  process.kill(await harness.browserPid(customerId), 'SIGKILL');
  await expectRecovery(/browser ended/);
});

test('renderer killed', async () => {
  const browser = await harness.browserPid(customerId);
  const processes = await listProcesses();
  const children = new Set([browser]);
  for (let size = 0; size !== children.size;) {
    size = children.size;
    for (const entry of processes) if (children.has(entry.parentPid)) children.add(entry.pid);
  }
  const renderers = processes.filter(
    ({ pid, command }) => children.has(pid) && command.includes('--type=renderer'),
  );
  expect(renderers.length).toBeGreaterThan(0);
  for (const { pid } of renderers) process.kill(pid, 'SIGKILL');
  await expectRecovery(/crashed|ended/);
});

test('page hung: the health check finds it', async () => {
  phone.hangPage();
  await expectRecovery(/did not answer/);
});

test.each(['CONFLICT', 'UNLAUNCHED', 'PROXYBLOCK', 'TOS_BLOCK', 'DEPRECATED_VERSION', 'UNPAIRED_IDLE'])(
  'WhatsApp says %s',
  async (state) => {
    phone.setState(state);
    await expectRecovery(new RegExp(state));
  },
);

test.each(['OPENING', 'TIMEOUT'])('%s is tolerated', async (state) => {
  phone.setState(state);
  // Longer than several health checks.
  await expect(phone.waitUntil(({ isOnline }) => !isOnline, 'a restart', 1_500)).rejects.toThrow('in vain');
  phone.setState('CONNECTED');
  expect((await harness.sessions.status(customerId)).status).toBe('ready');
  expect(kinds()).toEqual([]);
});

describe('WhatsApp connecting by itself, with 3 s of tolerance', () => {
  let own: WhatsAppHarness;
  let offline: SimulatedPhone;
  beforeAll(async () => {
    own = await createWhatsAppHarness({
      config: { offlineToleranceMs: 3_000, healthIntervalMs: 200, healthTimeoutMs: 5_000 },
    });
    offline = await own.pair('ACC005', '27821110005');
  });
  afterAll(() => own.stop());
  beforeEach(() => {
    own.changes.length = 0;
  });

  test.each(['OPENING', 'TIMEOUT'])(
    '%s that lasts longer is left by a restart, without a scan',
    async (state) => {
      const since = performance.now();
      offline.setState(state);
      await waitUntil(() => own.changes.some(({ kind }) => kind === 'client_ready'), {
        what: 'the session to be restarted',
      });
      expect(performance.now() - since).toBeGreaterThanOrEqual(3_000);
      expect(own.changes.map(({ kind }) => kind)).toEqual([
        'client_disconnected',
        'client_authenticated',
        'client_ready',
      ]);
      expect(own.changes[0]?.reason).toMatch(new RegExp(`not been connected for a while .${state}`));
      const { length } = offline.received;
      await own.sessions
        .transportOf('ACC005')!
        .send('27830000001@c.us', { kind: 'text', text: `after ${state}` });
      expect(offline.received).toHaveLength(length + 1);
    },
  );

  test('connected in between, the tolerance starts anew', async () => {
    for (const state of ['OPENING', 'CONNECTED', 'OPENING', 'CONNECTED', 'TIMEOUT']) {
      offline.setState(state);
      // Together longer than the tolerance, each of them shorter.
      await expect(offline.waitUntil(({ isOnline }) => !isOnline, 'a restart', 1_200)).rejects.toThrow(
        'in vain',
      );
    }
    offline.setState('CONNECTED');
    await expect(offline.waitUntil(({ isOnline }) => !isOnline, 'a restart', 4_000)).rejects.toThrow(
      'in vain',
    );
    expect(own.changes).toEqual([]);
    expect((await own.sessions.status('ACC005')).status).toBe('ready');
  });
});

describe('WhatsApp loads its page anew, as after an update', () => {
  let own: WhatsAppHarness;
  let reloading: SimulatedPhone;
  const ownCustomerId = 'ACC006';
  beforeAll(async () => {
    // Looked at so often that there is a look at every moment of a reload.
    own = await createWhatsAppHarness({ config: { healthIntervalMs: 20, readyTimeoutMs: 8_000 } });
    reloading = await own.pair(ownCustomerId, '27821110006');
  });
  afterAll(() => own.stop());
  beforeEach(async () => {
    await reloading.behave({});
    await own.sessions.waitForTransport(ownCustomerId, patienceMs);
    own.changes.length = 0;
  });
  const link = () => own.sessions.transportOf(ownCustomerId);
  const waitForPageAfter = (gone: AbortSignal) =>
    waitUntil(
      () => {
        const found = link();
        return found && found.pageGone !== gone && found;
      },
      { what: 'the page to be loaded and ready' },
    );

  test('nobody is told, and it sends again', async () => {
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      const { pageGone } = link()!;
      reloading.reloadPage();
      await (await waitForPageAfter(pageGone)).send('27830000001@c.us', { kind: 'text', text });
    }
    expect(reloading.received.slice(-5).map(({ body }) => body)).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
    ]);
    expect(own.changes).toEqual([]);
  });

  test('also when it does so again before the library is in it', async () => {
    const { pageGone } = link()!;
    own.simulator.reloadEarly(2);
    const { loads } = own.simulator.counts;
    reloading.reloadPage();
    const after = await waitForPageAfter(pageGone);
    expect(own.simulator.counts.loads - loads).toBe(3);
    await after.send('27830000001@c.us', { kind: 'text', text: 'after the third' });
    expect(reloading.received.at(-1)?.body).toBe('after the third');
    // What failed with the pages in between is judged a moment later.
    await expect(reloading.waitUntil(({ isOnline }) => !isOnline, 'a restart', 2_000)).rejects.toThrow(
      'in vain',
    );
    expect(own.changes).toEqual([]);
  });

  test('until it is ready again nothing is asked of it', async () => {
    const before = link()!;
    // The page comes back, and does not get ready.
    reloading.modes = { sync: 'never' };
    reloading.reloadPage();
    await waitUntil(() => link() === undefined, { what: 'the reload to be noticed' });
    await reloading.waitUntil(({ isOnline }) => isOnline, 'the page to come back');
    await expect(before.send('27830000001@c.us', { kind: 'text', text: 'early' })).rejects.toMatchObject({
      name: 'TransportLostError',
      wasAsked: false,
    });
    await expect(before.findChat('27830000001')).rejects.toMatchObject({ wasAsked: false });
    expect((await own.sessions.status(ownCustomerId)).status).toBe('ready');
    await reloading.behave({});
    const after = await own.sessions.waitForTransport(ownCustomerId, patienceMs);
    expect(after).toBe(before);
    expect(own.changes).toEqual([]);
  });

  test('one that does not get ready is restarted', async () => {
    reloading.modes = { sync: 'never' };
    reloading.reloadPage();
    await waitUntil(() => own.changes.length > 0, { what: 'the restart' });
    expect(own.changes[0]).toMatchObject({
      kind: 'client_disconnected',
      reason: 'WhatsApp was not ready within 8 seconds.',
    });
    await reloading.behave({});
    expect(await own.sessions.waitForTransport(ownCustomerId, patienceMs)).toBeDefined();
  });

  test('a call that is under way ends with the page', async () => {
    await reloading.behave({ send: 'swallowed' });
    const { pageGone } = link()!;
    const sending = link()!.send('27830000001@c.us', { kind: 'text', text: 'under way' });
    const outcome = sending.catch((thrown: unknown) => thrown);
    await reloading.waitUntil(({ received }) => received.at(-1)?.body === 'under way', 'the message');
    reloading.reloadPage();
    expect(await outcome).toMatchObject({
      name: 'UnconfirmedError',
      cause: { name: 'TransportLostError', wasAsked: true },
    });
    await waitForPageAfter(pageGone);
    expect(own.changes).toEqual([]);
  });

  test('an address within the same page is no new page', async () => {
    const { pageGone } = link()!;
    reloading.changeAddress('/?chat=1');
    reloading.write('27830000009', 'after the address');
    await waitUntil(() => own.inbound.some(({ body }) => body === 'after the address'), {
      what: 'the page to tell of what came after',
    });
    expect(link()?.pageGone).toBe(pageGone);
    expect(pageGone.aborted).toBe(false);
    await link()!.send('27830000001@c.us', { kind: 'text', text: 'same page' });
    expect(own.changes).toEqual([]);
  });
});

test('sleep: what does not answer then is no failure, and after it is looked at once', async () => {
  harness.sessions.suspend();
  phone.hangPage();
  // Longer than the health check would take to find it.
  await expect(phone.waitUntil(({ isOnline }) => !isOnline, 'a restart', 6_000)).rejects.toThrow('in vain');
  expect(kinds()).toEqual([]);
  harness.sessions.resume();
  await expectRecovery(/did not answer/);
});

test('a login that the library never hears of is noticed, and becomes ready when the page syncs', async () => {
  const late = harness.simulator.createPhone('27821110002');
  await late.behave({ sync: 'never' });
  const { qrCode } = await harness.sessions.waitForQr('ACC002', 60_000);
  await harness.simulator.scanPicture(late, qrCode!);
  await harness.waitForStatus('ACC002', 'authenticated');
  await late.behave({});
  await harness.waitForStatus('ACC002', 'ready');
  await harness.sessions.forget('ACC002');
});

test('a page that never syncs is restarted with growing pauses, and after the last failure a person is asked', async () => {
  const own = await createWhatsAppHarness({ config: { firstRetryMs: 50, longestRetryMs: 200 } });
  try {
    const lost = await own.pair('ACC002', '27821110002');
    await lost.behave({ sync: 'never' });
    await own.restart({ readyTimeoutMs: 2_500, maxFailures: 3 });
    const { loads } = own.simulator.counts;
    own.changes.length = 0;
    await own.sessions.start(['ACC002']);
    await waitUntil(async () => (await own.sessions.status('ACC002')).waitsForPerson, {
      what: 'the session to wait for a person',
    });
    const { status, error, nextAttemptAt } = await own.sessions.status('ACC002');
    expect(status).toBe('disconnected');
    expect(error).toMatch(/not ready within .* It failed 3 times in a row: someone has to look/);
    expect(nextAttemptAt).toBeUndefined();
    expect(own.simulator.counts.loads - loads).toBeLessThanOrEqual(3);
    // The person does, and WhatsApp is well again: no scan.
    await lost.behave({});
    await own.restart({ readyTimeoutMs: 15_000 });
    await own.sessions.connect('ACC002', { method: 'qr' });
    await own.waitForStatus('ACC002', 'ready');
    expect(own.changes.map(({ kind }) => kind)).not.toContain('qr_generated');
  } finally {
    await own.stop();
  }
});

test('a server that hangs while the session starts does not keep it from being stopped', async () => {
  const own = await createWhatsAppHarness();
  own.simulator.hangPages(true);
  try {
    await own.sessions.connect('ACC003', { method: 'qr' });
    await waitUntil(() => own.simulator.counts.loads > 0, { what: 'the page to be asked for' });
  } finally {
    own.simulator.hangPages(false);
    // Checks itself that no browser is left.
    await own.stop();
  }
});

test('a stop in the first moment of a start leaves no browser behind', async () => {
  const own = await createWhatsAppHarness();
  await own.sessions.connect('ACC003', { method: 'qr' });
  await own.stop();
});

test.each([
  { style: 'LOGOUT' as const, delayMs: 0 },
  { style: 'LOGOUT' as const, delayMs: 800 },
  { style: 'UNPAIRED' as const, delayMs: 0 },
])('unlinked on the phone: $style after $delayMs ms', async (way) => {
  const id = `UNLINK${way.style}${way.delayMs}`;
  const own = await harness.pair(id, `2782${way.delayMs + way.style.length}`.padEnd(11, '7'));
  const profile = join(harness.dataDir, 'whatsapp', id, 'session');
  expect(await folderExists(profile)).toBe(true);
  harness.changes.length = 0;
  own.unlink(way);
  await harness.waitForStatus(id, 'logged_out');
  await waitUntil(() => kinds().includes('client_logged_out'), { what: 'the signal' });
  expect(kinds()).toEqual(['client_logged_out']);
  await waitUntil(async () => !(await folderExists(profile)), { what: 'the profile to be removed' });
  // The next code is a new pairing, and lasts over a restart of the browser.
  const { qrCode } = await harness.sessions.waitForQr(id, 60_000);
  await harness.simulator.scanPicture(own, qrCode!);
  await harness.waitForStatus(id, 'ready');
  harness.changes.length = 0;
  process.kill(await harness.browserPid(id), 'SIGKILL');
  await waitUntil(() => kinds().includes('client_ready'), { what: 'recovery' });
  expect(kinds()).not.toContain('qr_generated');
  await harness.sessions.forget(id);
});

test('unlinked while the gateway was off: logged out, not offered for ever', async () => {
  const own = await createWhatsAppHarness();
  try {
    const lost = await own.pair('ACC004', '27821110004');
    await own.restart();
    lost.device = undefined;
    await own.sessions.start(['ACC004']);
    await own.waitForStatus('ACC004', 'logged_out');
    expect((await own.sessions.status('ACC004')).error).toMatch(/new scan/);
    await waitUntil(() => own.simulator.counts.unpaired === 0, { what: 'the browser to be put away' });
  } finally {
    await own.stop();
  }
});

test.each([{}, { logout: 'navigates' as const }])('logout by a person, %o', async (modes) => {
  const id = modes.logout === undefined ? 'QUIET' : 'NAVIGATES';
  const own = await harness.pair(id, modes.logout === undefined ? '27821110007' : '27821110008');
  await own.behave(modes);
  harness.changes.length = 0;
  const state = await harness.sessions.logout(id);
  expect(state.status).toBe('logged_out');
  expect(own.isLinked).toBe(false);
  await waitUntil(() => kinds().length > 0, { what: 'the signal' });
  expect(kinds()).toEqual(['client_logged_out']);
  expect(await folderExists(join(harness.dataDir, 'whatsapp', id, 'session'))).toBe(false);
  const left = (await listProcesses()).filter(({ command }) => command.includes(join('whatsapp', id)));
  expect(left.map(({ pid }) => pid)).toEqual([]);
});
