import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, it } from 'vitest';
import type { TenantSettings } from '../../../main/contracts/tenant-settings';
import type { Channel } from '../../../main/gateway/channels/channel';
import {
  createEmailChannel,
  type EmailChannelOptions,
} from '../../../main/gateway/channels/email/email-channel';
import { explainSmtpError } from '../../../main/gateway/channels/email/smtp-errors';
import { type MailCatcher, type MailCatcherOptions, startMailCatcher } from '../../simulators/mail-catcher';
import { failureOf, makeMessage, makeTenant, never } from '../make-message';

const closers: (() => Promise<void>)[] = [];

async function startCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const catcher = await startMailCatcher(options);
  closers.unshift(() => catcher.stop());
  return catcher;
}

function startChannel(
  server: { host: string; port: number },
  options: Partial<EmailChannelOptions> = {},
): Channel {
  const channel = createEmailChannel({
    systemAccount: {
      host: server.host,
      port: server.port,
      username: null,
      password: null,
      fromEmail: 'gateway@system.example',
      fromName: null,
      secure: null,
    },
    ...options,
  });
  closers.unshift(() => channel.stop());
  return channel;
}

function ownAccount(catcher: MailCatcher): Partial<TenantSettings> {
  return {
    use_customer_smtp: true,
    smtp_host: catcher.host,
    smtp_port: catcher.port,
    smtp_from_email: 'bills@acme.example',
  };
}

/** A server that accepts connections, and then does as told. */
async function startTrap(onConnection: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('servers that cannot be talked to', () => {
  it('is unavailable when nobody listens', async () => {
    const catcher = await startCatcher();
    await catcher.stop();
    closers.length = 0;
    const failure = await failureOf(startChannel(catcher).send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'connection_refused' });
    expect(failure.message).toContain(`127.0.0.1:${catcher.port} refuses connections`);
  });

  it('is unavailable when the host is unknown', async () => {
    const channel = startChannel({ host: 'mail.invalid', port: 25 });
    const failure = await failureOf(channel.send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_host_unknown' });
  });

  it('does not wait for a greeting for ever', async () => {
    const catcher = await startCatcher();
    catcher.behave({ stage: 'connect', hang: true });
    const channel = startChannel(catcher, { greetingTimeoutMs: 150 });
    const failure = await failureOf(channel.send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_timed_out' });
    expect(failure.message).toContain('no greeting');
    await catcher.waitForNoConnections();
  });

  it.each(['mail', 'rcpt', 'data'] as const)('does not wait for a server that hangs at %s', async (stage) => {
    const catcher = await startCatcher();
    catcher.behave({ stage, hang: true });
    const channel = startChannel(catcher, { socketTimeoutMs: 150 });
    const failure = await failureOf(channel.send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_timed_out' });
    await catcher.waitForNoConnections();
  });

  it('does not let a server that trickles hold a mail for ever', async () => {
    const trap = await startTrap((socket) => {
      socket.write('220-still thinking\r\n');
      const timer = setInterval(() => socket.write('220-still thinking\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    const channel = startChannel(trap, { sendTimeoutMs: 200 });
    const failure = await failureOf(channel.send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_timed_out' });
  });

  it.each(['connect', 'rcpt', 'data'] as const)(
    'is unavailable when the server cuts the line at %s',
    async (stage) => {
      const catcher = await startCatcher();
      catcher.behave({ stage, drop: true });
      const failure = await failureOf(startChannel(catcher).send(makeTenant(), makeMessage(), never()));
      expect(failure).toMatchObject({ kind: 'unavailable', code: 'connection_lost' });
      expect(catcher.count).toBe(0);
    },
  );

  it('is unavailable when what answers is no mail server', async () => {
    const trap = await startTrap((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const failure = await failureOf(startChannel(trap).send(makeTenant(), makeMessage(), never()));
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'smtp_refused' });
  });

  it('explains a certificate that nobody vouches for', async () => {
    const catcher = await startCatcher({ tls: 'starttls' });
    const transport = createTransport({
      host: catcher.host,
      port: catcher.port,
      tls: { rejectUnauthorized: true },
    });
    const thrown: unknown = await transport
      .sendMail({ from: 'a@system.example', to: 'b@example.com', text: 'x' })
      .catch((reason: unknown) => reason);
    const attempt = {
      ...catcher,
      recipient: 'b@example.com',
      sender: 'a@system.example',
      username: null,
      password: null,
      ehloName: 'system.example',
    };
    const failure = explainSmtpError(thrown, attempt);
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'tls_certificate_refused' });
    expect(failure.message).toMatch(/certificate that cannot be trusted \(.*CERT.*\)/);
  });

  it('waits for a server that is only slow', async () => {
    const catcher = await startCatcher();
    catcher.behave({ stage: 'data', delayMs: 300 });
    await startChannel(catcher, { socketTimeoutMs: 20_000 }).send(makeTenant(), makeMessage(), never());
    expect(catcher.count).toBe(1);
  });
});

describe('the abort signal', () => {
  it('ends a mail under way and leaves the others alone', async () => {
    const catcher = await startCatcher();
    catcher.behave({ stage: 'data', recipient: 'slow@example.com', hang: true });
    const channel = startChannel(catcher);
    const abort = new AbortController();
    const slow = failureOf(
      channel.send(makeTenant(), makeMessage({ recipient: 'slow@example.com' }), abort.signal),
    );
    await catcher.waitForRecipients(1);
    const other = channel.send(makeTenant(), makeMessage(), never());
    abort.abort();
    expect(await slow).toMatchObject({ kind: 'temporary', code: 'aborted' });
    await other;
    expect(catcher.count).toBe(1);
  });

  it('keeps a mail from leaving that was not begun', async () => {
    const catcher = await startCatcher();
    const failure = await failureOf(
      startChannel(catcher).send(makeTenant(), makeMessage(), AbortSignal.abort()),
    );
    expect(failure).toMatchObject({ kind: 'temporary', code: 'aborted' });
    expect(catcher.connections).toBe(0);
  });
});

describe('pools', () => {
  it('keeps connections, and opens no more than allowed', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher, { connectionsPerTenant: 3 });
    expect(channel.concurrency).toBe(3);
    const tenant = makeTenant(ownAccount(catcher));
    await Promise.all(Array.from({ length: 30 }, () => channel.send(tenant, makeMessage(), never())));
    expect(catcher.count).toBe(30);
    expect(catcher.connections).toBeLessThanOrEqual(3);
  });

  it('shares the system account among tenants, each with connections enough', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    // All five connections' worth of the first tenant hang; the second goes on.
    catcher.behave({ stage: 'data', recipient: 'stuck@example.com', hang: true });
    const stuck = Array.from({ length: 5 }, () =>
      failureOf(
        channel.send(makeTenant({}, 'ACC001'), makeMessage({ recipient: 'stuck@example.com' }), never()),
      ),
    );
    await catcher.waitForRecipients(5);
    await channel.send(makeTenant({}, 'ACC002'), makeMessage(), never());
    await channel.stop();
    expect((await Promise.all(stuck)).map(({ code }) => code)).toEqual(
      Array.from({ length: 5 }, () => 'stopped'),
    );
  });

  it('takes a new connection when the server closed the idle ones', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    await channel.send(makeTenant(), makeMessage(), never());
    catcher.dropConnections();
    await channel.send(makeTenant(), makeMessage(), never());
    expect(catcher.mails.map(({ connection }) => connection)).toEqual([1, 2]);
  });

  it('closes connections that are idle', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher, { idleMs: 100 });
    await channel.send(makeTenant(), makeMessage(), never());
    await catcher.waitForNoConnections();
    await channel.send(makeTenant(), makeMessage(), never());
    expect(catcher.connections).toBe(2);
  });

  it('forgets a tenant’s connections once its mails are through', async () => {
    const catcher = await startCatcher();
    catcher.behave({ stage: 'data', delayMs: 200, times: 1 });
    const channel = startChannel(catcher);
    const tenant = makeTenant(ownAccount(catcher));
    const underWay = channel.send(tenant, makeMessage(), never());
    await catcher.waitForRecipients(1);
    channel.forget?.(tenant.customerId);
    await channel.send(tenant, makeMessage(), never());
    await underWay;
    expect(catcher.count).toBe(2);
    expect(catcher.connections).toBe(2);
    channel.forget?.(tenant.customerId);
    await catcher.waitForNoConnections();
  });

  it('keeps the system account’s connections when a tenant is forgotten', async () => {
    const catcher = await startCatcher();
    const channel = startChannel(catcher);
    await channel.send(makeTenant(), makeMessage(), never());
    channel.forget?.('ACC001');
    await channel.send(makeTenant(), makeMessage(), never());
    expect(catcher.connections).toBe(1);
  });

  it('takes the new account at once when the settings change', async () => {
    const [before, after] = [await startCatcher(), await startCatcher()];
    const channel = startChannel(before);
    await channel.send(makeTenant(ownAccount(before)), makeMessage(), never());
    await channel.send(makeTenant(ownAccount(after)), makeMessage(), never());
    expect([before.count, after.count]).toEqual([1, 1]);
  });
});

describe('stopping', () => {
  it('ends soon with a mail in flight, and leaves nothing open', async () => {
    const catcher = await startCatcher();
    catcher.behave({ stage: 'data', hang: true });
    const channel = startChannel(catcher);
    const hanging = failureOf(channel.send(makeTenant(), makeMessage(), never()));
    await catcher.waitForRecipients(1);
    const began = performance.now();
    await channel.stop();
    // The hanging server itself would be waited for far longer.
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await hanging).toMatchObject({ kind: 'temporary', code: 'stopped' });
    await catcher.waitForNoConnections();
    expect(await failureOf(channel.send(makeTenant(), makeMessage(), never()))).toMatchObject({
      code: 'stopped',
    });
  });

  it('lets a mail in flight finish', async () => {
    const catcher = await startCatcher();
    catcher.behave({ stage: 'data', delayMs: 200 });
    const channel = startChannel(catcher);
    const sending = channel.send(makeTenant(), makeMessage(), never());
    await catcher.waitForRecipients(1);
    await channel.stop();
    await sending;
    expect(catcher.count).toBe(1);
  });
});
