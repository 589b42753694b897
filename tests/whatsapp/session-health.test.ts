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

/** The session was lost and came back by itself: said so, and sends again. */
async function expectRecovery(reason: RegExp, of = harness, by = phone): Promise<void> {
  await waitUntil(() => of.kindsOf(customerId).includes('client_ready'), {
    what: 'the session to recover',
  });
  expect(of.kindsOf(customerId)).toEqual(['client_disconnected', 'client_authenticated', 'client_ready']);
  expect(of.changes[0]?.reason).toMatch(reason);
  const { length } = by.received;
  const sent = await of.sessions
    .transportOf(customerId)!
    .send('27830000001@c.us', { kind: 'text', text: reason.source });
  expect(sent.ack).toBeGreaterThanOrEqual(1);
  expect(by.received).toHaveLength(length + 1);
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

describe('a page that hangs', () => {
  let own: WhatsAppHarness;
  let hanging: SimulatedPhone;
  beforeAll(async () => {
    // Nothing but a hung page takes so long, on a machine that stands still now and then.
    own = await createWhatsAppHarness({ config: { healthTimeoutMs: 4_000 } });
    hanging = await own.pair(customerId, '27821110001');
  });
  afterAll(() => own.stop());
  beforeEach(async () => {
    await own.waitForStatus(customerId, 'ready');
    own.changes.length = 0;
  });

  test('is found by the health check', async () => {
    hanging.hangPage();
    await expectRecovery(/did not answer/, own, hanging);
  });

  test('while the machine sleeps is no failure, and is found at once after it', async () => {
    own.sessions.suspend();
    hanging.hangPage();
    // Longer than the health check would take to find it.
    await expect(hanging.waitUntil(({ isOnline }) => !isOnline, 'a restart', 6_000)).rejects.toThrow(
      'in vain',
    );
    expect(own.changes).toEqual([]);
    own.sessions.resume();
    await expectRecovery(/did not answer/, own, hanging);
  });
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
  expect(harness.kindsOf(customerId)).toEqual([]);
});

describe('WhatsApp connecting by itself, with 3 s of tolerance', () => {
  let own: WhatsAppHarness;
  let offline: SimulatedPhone;
  beforeAll(async () => {
    own = await createWhatsAppHarness({
      config: { offlineToleranceMs: 3_000, healthIntervalMs: 200 },
    });
    offline = await own.pair('ACC005', '27821110005');
  });
  afterAll(() => own.stop());
  beforeEach(async () => {
    await own.waitForStatus('ACC005', 'ready');
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
});

describe('WhatsApp loads its page anew, as after an update', () => {
  let own: WhatsAppHarness;
  let reloading: SimulatedPhone;
  const ownCustomerId = 'ACC006';
  beforeAll(async () => {
    // Looked at so often that there is a look at every moment of a reload.
    own = await createWhatsAppHarness({ config: { healthIntervalMs: 20 } });
    reloading = await own.pair(ownCustomerId, '27821110006');
  });
  afterAll(() => own.stop());
  beforeEach(async () => {
    await reloading.behave({});
    await own.waitForStatus(ownCustomerId, 'ready');
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
    const { pages } = reloading;
    reloading.reloadPage();
    await waitUntil(() => link() === undefined, { what: 'the reload to be noticed' });
    await reloading.waitUntil((now) => now.pages > pages, 'the page to come back');
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

  test('what a client writes meanwhile is told once the page is back', async () => {
    const { pages } = reloading;
    reloading.reloadPage();
    const ids = ['one', 'two', 'three'].map((text) => reloading.write('27830000010', text));
    await reloading.waitUntil((now) => now.pages > pages, 'the page to come back');
    ids.push(reloading.write('27830000010', 'four'));
    const told = () =>
      own.inbound.filter(({ from }) => from === '+27830000010').map(({ messageId }) => messageId);
    await expect.poll(() => told().sort()).toEqual(ids.sort());
    expect(own.changes).toEqual([]);
  });

  test('one that does not get ready is restarted', async () => {
    await own.restart({ healthIntervalMs: 20, readyTimeoutMs: 10_000 });
    await own.sessions.start([ownCustomerId]);
    await own.waitForStatus(ownCustomerId, 'ready');
    own.changes.length = 0;
    reloading.modes = { sync: 'never' };
    reloading.reloadPage();
    await waitUntil(() => own.changes.length > 0, { what: 'the restart' });
    expect(own.changes[0]).toMatchObject({
      kind: 'client_disconnected',
      reason: 'WhatsApp was not ready within 10 seconds.',
    });
    await reloading.behave({});
    expect(await own.sessions.waitForTransport(ownCustomerId, patienceMs)).toBeDefined();
  });
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
    await own.restart();
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
    await expect.poll(() => own.listBrowsers()).toHaveLength(1);
    await own.sessions.stop();
    expect(await own.listBrowsers()).toEqual([]);
  } finally {
    own.simulator.hangPages(false);
    await own.stop();
  }
});

test('a stop in the first moment of a start leaves no browser behind', async () => {
  const own = await createWhatsAppHarness();
  try {
    // Answers when the browser is being started, not when it runs.
    const { status } = await own.sessions.connect('ACC003', { method: 'qr' });
    expect(status).toBe('initializing');
    await own.sessions.stop();
    expect(await own.listBrowsers()).toEqual([]);
    expect((await own.sessions.status('ACC003')).status).toBe('disconnected');
  } finally {
    await own.stop();
  }
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
  expect(harness.kindsOf(id)).toEqual(['client_logged_out']);
  await waitUntil(async () => !(await folderExists(profile)), { what: 'the profile to be removed' });
  // The next code is a new pairing, and lasts over a restart of the browser.
  const { qrCode } = await harness.sessions.waitForQr(id, 60_000);
  await harness.simulator.scanPicture(own, qrCode!);
  await harness.waitForStatus(id, 'ready');
  harness.changes.length = 0;
  process.kill(await harness.browserPid(id), 'SIGKILL');
  await waitUntil(() => harness.kindsOf(id).includes('client_ready'), { what: 'recovery' });
  expect(harness.kindsOf(id)).not.toContain('qr_generated');
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
  await harness.waitForStatus(id, 'logged_out');
  expect(harness.kindsOf(id)).toEqual(['client_logged_out']);
  expect(await folderExists(join(harness.dataDir, 'whatsapp', id, 'session'))).toBe(false);
  const left = (await listProcesses()).filter(({ command }) => command.includes(join('whatsapp', id)));
  expect(left.map(({ pid }) => pid)).toEqual([]);
});
