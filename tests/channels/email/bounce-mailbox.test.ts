import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBounceMailbox } from '../../../main/commands/doctor/check-mail';
import type { BounceMailboxAccount } from '../../../main/gateway/channels/email/bounce-account';
import { watchBounceMailbox, type BounceMailbox } from '../../../main/gateway/channels/email/bounce-mailbox';
import { openTestConsole } from '../../console/call-console';
import { hasPostfix, startPostfix, type PostfixServer } from '../../simulators/postfix-server';
import { findFreePort } from '../../support/find-free-port';
import { createMemoryLogger } from '../../support/memory-logger';
import { startGateway } from '../../support/start-gateway';
import { waitUntil } from '../../support/wait-until';

const watched: BounceMailbox[] = [];

function watch(account: BounceMailboxAccount, firstRetryMs: number) {
  const logger = createMemoryLogger();
  const mailbox = watchBounceMailbox({
    account,
    logger,
    customerId: 'ACC001',
    firstRetryMs,
    onBounce: () => Promise.resolve('not_ours'),
  });
  watched.push(mailbox);
  const failures = () => logger.lines.filter(({ event }) => event === 'bounce.mailbox_failed').length;
  return { mailbox, failures };
}

afterAll(() => Promise.all(watched.map((mailbox) => mailbox.stop())));

test('a mailbox that was out of reach once is no trouble yet; twice is', async () => {
  const port = await findFreePort();
  const account = { host: '127.0.0.1', port, username: 'ann', password: 'x', implicitTls: false };
  const once = watch(account, 600_000);
  await waitUntil(() => once.failures() === 1, { what: 'the first failure' });
  expect(once.mailbox.problem()).toBeUndefined();
  const again = watch(account, 20);
  expect(await waitUntil(() => again.mailbox.problem(), { what: 'the trouble' })).toMatch(
    new RegExp(`^The mailbox for bounced mails \\(127\\.0\\.0\\.1:${port}\\) cannot be read: `),
  );
});

describe.skipIf(!hasPostfix)('a real Dovecot', () => {
  let postfix: PostfixServer;
  beforeAll(async () => {
    postfix = await startPostfix();
  });
  afterAll(() => postfix.stop());

  const accountWith = (password: string): BounceMailboxAccount => ({
    host: postfix.host,
    port: postfix.imapPort,
    username: postfix.login.username,
    password,
    implicitTls: false,
  });

  test('the doctor logs in, and says what the server says', async () => {
    expect(await checkBounceMailbox('tenant ACC001 bounces', accountWith(postfix.login.password))).toEqual({
      name: 'tenant ACC001 bounces',
      status: 'ok',
      message: `${postfix.host}:${postfix.imapPort} lets ${postfix.login.username} in.`,
    });
    const refused = await checkBounceMailbox('tenant ACC001 bounces', accountWith('wrong'));
    expect(refused).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/cannot be read: .*authentication failed/i) as string,
    });
  });

  test('a wrong password shows in the console until it is right', async () => {
    const gateway = await startGateway();
    const window = openTestConsole(gateway.gateway);
    try {
      const { host, port, username } = accountWith('');
      const tenant = await gateway.addTenant({
        settings: {
          bounce_imap_host: host,
          bounce_imap_port: port,
          bounce_imap_username: username,
          bounce_imap_password: 'wrong',
        },
      });
      const matter = async () =>
        (await window.call('overview.get', {})).attention.find(
          ({ kind }) => kind === 'bounce_mailbox_failed',
        );
      expect(await waitUntil(matter, { what: 'the mailbox to be in trouble' })).toMatchObject({
        id: `bounce_mailbox_failed:${tenant.customerId}:email`,
        severity: 'warning',
        customerId: tenant.customerId,
        detail: expect.stringContaining('cannot be read') as string,
      });
      await tenant.set({ bounce_imap_password: postfix.login.password });
      await waitUntil(async () => (await matter()) === undefined, { what: 'the trouble to be over' });
    } finally {
      window.close();
      await gateway.stop();
    }
  });
});
