import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrowserPort } from '../../main/gateway/whatsapp/installed-browsers';
import { patienceMs } from '../support/patience';
import { waitUntil } from '../support/wait-until';
import { createWhatsAppHarness, type WhatsAppHarness } from './whatsapp-harness';

let harness: WhatsAppHarness;
beforeAll(async () => {
  harness = await createWhatsAppHarness();
});
afterAll(() => harness.stop());

test('a wait ends in time although the garbage collector runs meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const waited = harness.sessions.waitForTransport('ACC000', 1_500).then(() => true);
  const collecting = setInterval(collectGarbage, 50);
  try {
    // Nothing ends this one but the wait's own time.
    expect(await waited).toBe(true);
  } finally {
    clearInterval(collecting);
  }
});

test('a scan of the shown picture makes a session ready; every step is stored and told', async () => {
  const phone = harness.simulator.createPhone('27821110001');
  const offered = await harness.sessions.waitForQr('ACC001', 60_000);
  expect(offered.status).toBe('qr_ready');
  expect(offered.qrCode).toMatch(/^data:image\/png;base64,/);
  await harness.waitForStatus('ACC001', 'qr_ready');
  expect((await harness.readRow('ACC001'))?.qr_code).toBe(offered.qrCode);

  await harness.simulator.scanPicture(phone, offered.qrCode!);
  await harness.waitForStatus('ACC001', 'ready');
  expect(await harness.readRow('ACC001')).toMatchObject({
    qr_code: null,
    phone: '27821110001',
    error_message: null,
  });
  expect(await harness.sessions.status('ACC001')).toMatchObject({ phone: '27821110001', qrCode: undefined });
  expect(harness.kindsOf('ACC001')).toEqual(['qr_generated', 'client_authenticated', 'client_ready']);
  // Asking for a code of a connected session answers that it is connected.
  expect(await harness.sessions.waitForQr('ACC001', 1_000)).toMatchObject({ status: 'ready' });

  const link = harness.sessions.transportOf('ACC001')!;
  const sent = await link.send('27830000001@c.us', { kind: 'text', text: 'Hello' });
  expect(sent.ack).toBeGreaterThanOrEqual(1);
  expect(await link.findMessage(sent.messageId)).toMatchObject({
    chatId: '27830000001@c.us',
    isFromMe: true,
    body: 'Hello',
    kind: 'chat',
  });
  expect(phone.received.map(({ body }) => body)).toEqual(['Hello']);
});

test('a page that reloads by itself neither repeats the signals nor loses the session', async () => {
  const before = harness.kindsOf('ACC001').length;
  const phone = await harness.pair('ACC002', '27821110002');
  const { pages } = phone;
  phone.reloadPage();
  await phone.waitUntil((now) => now.pages > pages, 'the page to come back');
  await waitUntil(
    async () => {
      const link = await harness.sessions.waitForTransport('ACC002', patienceMs);
      await link?.send('27830000002@c.us', { kind: 'text', text: 'After the reload' });
      return true;
    },
    { what: 'the reloaded page to send' },
  );
  expect((await harness.sessions.status('ACC002')).status).toBe('ready');
  expect(harness.kindsOf('ACC002')).toEqual(['qr_generated', 'client_authenticated', 'client_ready']);
  expect(harness.kindsOf('ACC001')).toHaveLength(before);
  await harness.sessions.forget('ACC002');
});

test('codes are renewed as WhatsApp renews them, and an idle page is restarted for further ones', async () => {
  const own = await createWhatsAppHarness({ refIntervalMs: 2_000 });
  try {
    const first = await own.sessions.waitForQr('ACC003', 60_000);
    await waitUntil(
      async () => {
        const { qrCode } = await own.sessions.status('ACC003');
        return qrCode !== undefined && qrCode !== first.qrCode;
      },
      { what: 'another code' },
    );
    const { loads } = own.simulator.counts;
    own.simulator.setUnpairedState('UNPAIRED_IDLE');
    await waitUntil(() => own.simulator.counts.loads > loads, { what: 'the page to be opened again' });
    await own.waitForStatus('ACC003', 'qr_ready');
    const phone = own.simulator.createPhone('27821110003');
    await waitUntil(
      async () => {
        const { qrCode } = await own.sessions.status('ACC003');
        await own.simulator.scanPicture(phone, qrCode ?? '');
        return true;
      },
      { what: 'a code of the restarted page to be scanned' },
    );
    await own.waitForStatus('ACC003', 'ready');
  } finally {
    await own.stop();
  }
});

test('a pairing code is the second way', async () => {
  const phone = harness.simulator.createPhone('27821110004');
  const code = await harness.sessions.requestPairingCode('ACC004', '082 111 0004', 'ZA');
  expect(code).toMatch(/^[A-Z1-9]{8}$/);
  expect((await harness.sessions.status('ACC004')).pairingCode).toBe(code);
  await harness.simulator.enterPairingCode(phone, code);
  await harness.waitForStatus('ACC004', 'ready');
  await expect(harness.sessions.requestPairingCode('ACC004', '0821110004', 'ZA')).rejects.toMatchObject({
    code: 'already_connected',
    httpStatus: 409,
  });
  await expect(harness.sessions.requestPairingCode('ACC004', '12', 'ZA')).rejects.toMatchObject({
    code: 'phone_invalid',
  });
  await harness.sessions.forget('ACC004');
});

test('a page that loads anew before the library is in it costs no code and no session', async () => {
  const early = await createWhatsAppHarness();
  try {
    early.simulator.reloadEarly(2);
    await early.pair('ACC007', '27821110007');
    await early.sessions.stop();
    early.simulator.reloadEarly(2);
    await (await early.restart()).start(['ACC007']);
    await early.waitForStatus('ACC007', 'ready');
    expect(early.simulator.counts.loads).toBe(6);
    expect(early.changes.map(({ kind }) => kind)).toEqual([
      'qr_generated',
      'client_authenticated',
      'client_ready',
      'client_authenticated',
      'client_ready',
    ]);
  } finally {
    await early.stop();
  }
});

test('messages that clients write are stored and told once', async () => {
  const phone = await harness.pair('ACC005', '27821110005');
  const messageId = phone.write('27830000009', 'Thank you!');
  await waitUntil(() => harness.inbound.length > 0, { what: 'the message of the client' });
  expect(harness.inbound).toMatchObject([
    { customerId: 'ACC005', messageId, from: '+27830000009', body: 'Thank you!' },
  ]);
  const stored = await harness.database.query({
    name: 'test-inbound',
    text: 'select sender, body from whatsapp_inbound where message_id = $1',
    values: [messageId],
  });
  expect(stored).toEqual([{ sender: '+27830000009', body: 'Thank you!' }]);
  await harness.sessions.forget('ACC005');
});

test('a code that nobody scans puts the browser away', async () => {
  const short = await createWhatsAppHarness({ config: { sessionTimeoutMs: 1_000 } });
  try {
    await short.sessions.waitForQr('ACC001', 60_000);
    await short.waitForStatus('ACC001', 'disconnected');
    expect((await short.sessions.status('ACC001')).error).toMatch(
      /^Nobody scanned the code within 1 seconds/,
    );
    await waitUntil(() => short.simulator.counts.unpaired === 0, { what: 'the browser to be gone' });
    // Asking again offers a new one.
    expect(await short.sessions.waitForQr('ACC001', 60_000)).toMatchObject({ status: 'qr_ready' });
  } finally {
    await short.stop();
  }
});

test('without a browser the answer says what to install', async () => {
  const none: BrowserPort = {
    find: () => undefined,
    findInstalled: () => undefined,
    canShowWindows: () => false,
  };
  const bare = await createWhatsAppHarness({ browsers: none });
  try {
    await expect(bare.sessions.waitForQr('ACC001', 5_000)).rejects.toMatchObject({
      code: 'browser_unavailable',
      httpStatus: 503,
      message: expect.stringContaining('PUPPETEER_EXECUTABLE_PATH') as string,
    });
    await expect(bare.sessions.connect('ACC001', { method: 'visible' })).rejects.toMatchObject({
      code: 'no_display',
    });
    expect(bare.sessions.canPairVisibly()).toBe(false);
  } finally {
    await bare.stop();
  }
});

test('a session that the memory has no room for is refused in words', async () => {
  const tight = await createWhatsAppHarness({ config: { memoryBudgetMb: 100 } });
  try {
    await expect(tight.sessions.waitForQr('ACC001', 5_000)).rejects.toMatchObject({
      code: 'memory_budget',
      httpStatus: 503,
      details: { budget_mb: 100, used_mb: 0 },
    });
    expect(await tight.sessions.status('ACC001')).toMatchObject({
      status: 'disconnected',
      error: expect.stringContaining('100 MB') as string,
    });
  } finally {
    await tight.stop();
  }
});

test('a restart needs no scan, the newest used comes first, and a broken profile comes from its snapshot', async () => {
  const own = await createWhatsAppHarness();
  try {
    const first = await own.pair('ACC001', '27821110011');
    const second = await own.pair('ACC002', '27821110012');
    await own.sessions.transportOf('ACC001')!.send('27830000001@c.us', { kind: 'text', text: randomUUID() });
    const codes = () => own.changes.filter(({ kind }) => kind === 'qr_generated').length;
    const codesBefore = codes();
    await own.restart();
    own.changes.length = 0;
    await own.sessions.start(['ACC001', 'ACC002', 'ACC003']);
    await own.waitForStatus('ACC001', 'ready');
    await own.waitForStatus('ACC002', 'ready');
    expect((await own.sessions.status('ACC003')).status).toBe('disconnected');
    const readied = own.changes.filter(({ kind }) => kind === 'client_ready');
    expect(readied.map(({ customerId }) => customerId)).toEqual(['ACC001', 'ACC002']);
    expect(first.isOnline && second.isOnline).toBe(true);

    // The profile loses what it knew: the login, in both places where the page keeps it.
    await own.restart();
    for (const name of ['Local Storage', 'IndexedDB']) {
      await rm(join(own.dataDir, 'whatsapp', 'ACC001', 'session', 'Default', name), { recursive: true });
    }
    own.changes.length = 0;
    await own.sessions.start(['ACC001']);
    await own.waitForStatus('ACC001', 'ready');
    expect(own.changes.map(({ kind }) => kind)).not.toContain('qr_generated');
    expect(own.logger.lines.map(({ event }) => event)).toContain('whatsapp.profile_restored');
    expect(codesBefore).toBe(2);
  } finally {
    await own.stop();
  }
});
