import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { waitUntil } from '../support/wait-until';
import {
  browserPath,
  openConsole,
  takeScreenshot,
  type ConsoleWindow,
  type TestConsole,
} from './open-console';

const customerId = 'ACC003';

describe.skipIf(browserPath === undefined)('tenants', () => {
  let mails: MailCatcher;
  let hook: WebhookReceiver;
  let served: TestConsole;
  let window: ConsoleWindow;
  let page: Page;
  let apiKey = '';
  let complaintsBefore = 0;

  beforeAll(async () => {
    mails = await startMailCatcher();
    hook = await startWebhookReceiver();
    served = await openConsole();
    window = await served.openWindow();
    page = window.page;
    await page.getByRole('navigation').waitFor();
    // Of the time before it was signed in.
    complaintsBefore = window.complaints.length;
  });
  afterAll(async () => {
    await window.close();
    await served.stop();
    await hook.stop();
    await mails.stop();
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await takeScreenshot(page, `failed-${task.name.slice(0, 30)}`);
  });

  const button = (name: string | RegExp) => page.getByRole('button', { name });
  /** not that of its texts */
  const edit = () => page.getByRole('button', { name: 'Edit', exact: true });
  const openTab = async (name: string) => {
    await page.getByRole('tab', { name }).click();
    await page.getByRole('tabpanel', { name }).waitFor();
  };
  const post = (event: object, key = apiKey) =>
    served.gateway.call('/api/events', {
      method: 'POST',
      body: event,
      headers: { authorization: `Bearer ${key}` },
    });
  const invoice = (data: object = {}) => ({
    event_type: 'invoice:sent',
    event_data: {
      invoice_id: 1042,
      client_email: 'client@example.com',
      invoice_number: 'INV-1042',
      total_amount: 1500,
      ...data,
    },
  });

  test('the first tenant is added, its key shown once and good', async () => {
    await window.goTo('/tenants');
    await page.getByRole('heading', { name: 'No tenants yet' }).waitFor();
    await button('Add tenant').click();
    const dialog = page.getByRole('dialog', { name: 'Add tenant' });
    await dialog.getByLabel('Customer ID').fill('no good');
    await dialog.getByText('1 to 50 letters').waitFor();
    await expect.poll(() => dialog.getByRole('button', { name: 'Add', exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel('Customer ID').fill(customerId);
    await dialog.getByLabel('Name').fill('Nkosi & Sons');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();

    const done = page.getByRole('dialog', { name: `${customerId} is ready` });
    apiKey = await done.getByLabel('API key').inputValue();
    expect(apiKey).toMatch(/^mgw_/);
    await expect.poll(() => done.getByLabel('Try it from PHP').last().innerText()).toContain(apiKey);
    await done.getByRole('button', { name: 'Copy the key' }).click();
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(apiKey);
    // A key that is gone by a slip is gone.
    await page.keyboard.press('Escape');
    await done.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('heading', { level: 1, name: 'Nkosi & Sons' }).waitFor();
    const answer = await served.gateway.call('/api/events', {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(answer.status).toBe(200);
  });

  test('an id that is taken is refused at its field, by the gateway', async () => {
    await window.goTo('/tenants');
    await button('Add tenant').click();
    const dialog = page.getByRole('dialog', { name: 'Add tenant' });
    await dialog.getByLabel('Customer ID').fill(customerId);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText(`There is a tenant ${customerId} already`).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('a mail account is saved, in force at once, and tested', async () => {
    await window.goTo(`/tenants/${customerId}?tab=limits`);
    await page.getByLabel('Allow webhooks and attachments from private addresses').check();
    await page.getByText('could make the gateway call devices on your network').waitFor();
    await button('Save').click();
    await page.getByText('Saved', { exact: true }).waitFor();

    await openTab('Channels');
    const email = page.getByRole('region', { name: 'Email' });
    await email.getByLabel('Own account').check();
    await email.getByLabel('Mail server', { exact: true }).fill(mails.host);
    await email.getByLabel('Port', { exact: true }).fill(String(mails.port));
    await email.getByLabel("Sender's address").fill('not an address');
    await email.getByText('Enter an email address, such as').waitFor();
    await button('Save').last().click();
    await page.getByText('Check the fields marked in red.').waitFor();
    await email.getByLabel("Sender's address").fill('office@nkosi.example');
    await email.getByLabel('Test address').fill('me@example.com');
    await email.getByRole('button', { name: 'Save and send test' }).click();
    await email.getByText(/Test sent in/).waitFor();
    const mail = await mails.waitForMail((caught) => caught.to.includes('me@example.com'));
    expect(mail.from).toBe('office@nkosi.example');
    const detail = await served.call('tenants.get', { customerId });
    expect(detail.settings).toMatchObject({ use_customer_smtp: true, smtp_port: mails.port });
  });

  test('a test that fails says why, with what the other side said', async () => {
    await window.goTo(`/tenants/${customerId}?tab=channels`);
    mails.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: 'No such person here' });
    const email = page.getByRole('region', { name: 'Email' });
    await email.getByLabel('Test address').fill('gone@example.com');
    await email.getByRole('button', { name: 'Send test' }).click();
    await email.getByText('The test failed.').waitFor();
    await email.getByText('No such person here').first().waitFor();
    await email.getByRole('link', { name: 'View in History' }).waitFor();
  });

  test('a webhook gets a secret that is shown until it is saved, and a test that is signed', async () => {
    await window.goTo(`/tenants/${customerId}?tab=channels`);
    const webhook = page.getByRole('region', { name: 'Webhook' });
    await webhook.getByLabel('Send every event to a URL').check();
    await webhook.getByLabel('URL').last().fill(`${hook.origin}/hook`);
    await webhook.getByRole('button', { name: 'Generate' }).click();
    const secret = await webhook.getByLabel('Signing secret').inputValue();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    await webhook.getByRole('button', { name: 'Save and send test' }).click();
    await webhook.getByText(/Test sent in/).waitFor();
    const request = await hook.waitForRequest();
    expect(request.headers['webhook-signature']).toBeTypeOf('string');
    await webhook.getByText('Saved. Type or generate a new one to replace it.').waitFor();
    expect(await page.content()).not.toContain(secret);
  });

  test('what is not saved is not lost silently', async () => {
    await window.goTo(`/tenants/${customerId}?tab=limits`);
    await page.getByLabel('Events per minute', { exact: true }).fill('77');
    await page.getByRole('tab', { name: 'Keys' }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await dialog.getByRole('button', { name: 'Stay' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByLabel('Events per minute', { exact: true }).inputValue()).toBe('77');
    await page.getByRole('tab', { name: 'Keys' }).click();
    await dialog.getByRole('button', { name: 'Leave without saving' }).click();
    await page.getByRole('tabpanel', { name: 'Keys' }).waitFor();
    expect((await served.call('tenants.get', { customerId })).settings['rate_limit_per_minute']).toBe(1200);
  });

  test('limits and region are saved and in force', async () => {
    await window.goTo(`/tenants/${customerId}?tab=limits`);
    await page.getByLabel('Retries').fill('3');
    await page.getByLabel('Default country for phone numbers').fill('XYZ');
    await page.getByText('Enter two letters, such as ZA.').waitFor();
    await page.getByLabel('Default country for phone numbers').fill('NA');
    await page.getByText('Namibia').waitFor();
    await page.getByRole('combobox', { name: 'Currency' }).fill('NAD');
    await page.getByLabel('Use quiet hours').check();
    await page.getByLabel('From', { exact: true }).fill('21:30');
    await button('Save').click();
    await page.getByText('Saved', { exact: true }).waitFor();
    expect((await served.call('tenants.get', { customerId })).settings).toMatchObject({
      max_retries: 3,
      default_country: 'NA',
      currency: 'NAD',
      whatsapp_quiet_hours: '21:30-07:00',
    });
    // An emptied field goes back to its default.
    await page.getByLabel('Retries').fill('');
    await button('Save').click();
    await waitUntil(
      async () => (await served.call('tenants.get', { customerId })).settings['max_retries'] === 8,
      { what: 'the default to be back' },
    );
  });

  test('a key is created, good at once, and revoked for good', async () => {
    await window.goTo(`/tenants/${customerId}?tab=keys`);
    await button('Create key').click();
    await page.getByLabel('What is it for?').fill('payroll server');
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    const done = page.getByRole('dialog', { name: 'Your new key' });
    const key = await done.getByLabel('API key').inputValue();
    await done.getByRole('button', { name: 'Done' }).click();
    expect((await post(invoice(), key)).status).toBe(202);
    await button('Revoke payroll server').click();
    const ask = page.getByRole('dialog', { name: 'Revoke this key?' });
    await ask.getByText('payroll server').waitFor();
    await ask.getByRole('button', { name: 'Revoke' }).click();
    await button('Show 1 revoked key').click();
    await page.getByRole('cell', { name: 'payroll server', exact: true }).waitFor();
    expect((await post(invoice(), key)).status).toBe(401);
  });

  test('a template is edited with a preview, corrected, saved, used, and reset', async () => {
    await window.goTo(`/tenants/${customerId}?tab=templates&type=invoice:sent`);
    const preview = page.getByRole('region', { name: 'Preview' });
    await preview.getByText('Invoice INV-2026-0142').waitFor();
    const frame = preview.locator('iframe');
    await expect.poll(() => frame.getAttribute('sandbox')).toBe('');
    await page.frameLocator('iframe').getByText('Your invoice is ready').first().waitFor();

    const text = page.getByRole('textbox', { name: 'Text', exact: true });
    await text.fill('Dear friend,\n{% if due_date %}\nstill open');
    await page.getByText('This template has errors').waitFor();
    await button(/Go to line 2 of Text/).click();
    await text.fill('Dear {{ client_nam }}');
    await page.getByText('This event has no field client_nam').waitFor();

    await page.getByLabel('Subject').fill('Bill {{ invoice_number }} of ours');
    await preview.getByText('Bill INV-2026-0142 of ours').waitFor();
    // A real event, of the tests before.
    await preview.getByLabel('Preview with').click();
    await page
      .getByRole('option', { name: /Event \d+/ })
      .first()
      .click();
    await preview.getByText('Bill INV-1042 of ours').waitFor();
    await text.fill('Dear {{ client_name }}');
    await button('Save').last().click();
    await page.getByText('Template saved.').waitFor();
    await page.getByText('Changed', { exact: true }).waitFor();

    mails.reset();
    await post(invoice());
    expect((await mails.waitForMail()).parsed.subject).toBe('Bill INV-1042 of ours');

    await button('Restore original').click();
    const ask = page.getByRole('dialog', { name: 'Restore the original?' });
    await ask.getByRole('button', { name: 'Restore original' }).click();
    await page.getByText('Original', { exact: true }).waitFor();
    mails.reset();
    await post(invoice());
    expect((await mails.waitForMail()).parsed.subject).toContain('Invoice INV-1042 for');
  });

  test('WhatsApp is shown as a bubble', async () => {
    await window.goTo(`/tenants/${customerId}?tab=templates&type=invoice:sent&channel=whatsapp`);
    const preview = page.getByRole('region', { name: 'Preview' });
    await page.getByRole('textbox', { name: 'Message' }).fill('*Bill* {{ invoice_number }}');
    await preview.locator('strong', { hasText: /^Bill$/ }).waitFor();
    await preview.getByText('INV-2026-0142').waitFor();
    await button('Undo').click();
  });

  test('an event type of its own is made, sent, changed and removed', async () => {
    await window.goTo(`/tenants/${customerId}?tab=types`);
    await button('Add event type').click();
    await page.getByLabel('Name in your application').fill('order:shipped');
    await page.getByLabel('Title').fill('Order shipped');
    await page.getByLabel('Name of field 1').fill('buyer_email');
    await page.getByRole('combobox', { name: 'Type of field 1' }).click();
    await page.getByRole('option', { name: 'Email address' }).click();
    await button('Add field').click();
    await page.getByLabel('Name of field 2').fill('order_no');
    await button('Add group').click();
    await page.getByLabel('Group name').fill('buyer');
    await page.getByRole('combobox', { name: 'Email address field' }).click();
    await page.getByRole('option', { name: 'buyer_email' }).click();
    await page.getByLabel('Email subject').fill('Order {{ order_no }} is on its way');
    await page.getByLabel('Email text').fill('It comes soon.');
    const sample = page.getByRole('textbox', { name: 'Sample data' });
    await sample.fill('{ "buyer_email": ');
    await page.getByText('Enter a JSON object.').waitFor();
    await expect.poll(() => button('Save event type').isDisabled()).toBe(true);
    // It does not fit the fields: the gateway says so.
    await sample.fill('{ "buyer_email": "not one", "order_no": "A 1" }');
    await button('Save event type').click();
    await page.getByRole('alert').getByText('sample.buyer_email').waitFor();
    await sample.fill('{ "buyer_email": "buyer@example.com", "order_no": "A 1" }');
    await button('Save event type').click();
    await page.getByText('order:shipped saved. Your application can send it now.').waitFor();

    mails.reset();
    const sent = await post({
      event_type: 'order:shipped',
      event_data: { buyer_email: 'buyer@example.com', order_no: 'A 77' },
    });
    expect(sent.status).toBe(202);
    expect((await mails.waitForMail()).parsed.subject).toBe('Order A 77 is on its way');

    await edit().click();
    await page.getByLabel('Title').fill('Order on its way');
    await button('Save event type').click();
    await edit().waitFor();
    await page.getByRole('heading', { name: 'Order on its way' }).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('order:shipped removed.').waitFor();
    const refused = await post({ event_type: 'order:shipped', event_data: { order_no: 'A 78' } });
    expect(refused.status).toBe(422);
  });

  test('the eleven that came with the gateway are there to read', async () => {
    await window.goTo(`/tenants/${customerId}?tab=types`);
    await page.getByRole('table', { name: 'Event types' }).waitFor();
    await expect
      .poll(() => page.getByRole('table', { name: 'Event types' }).getByRole('row').count())
      .toBe(12);
    await button('Payslip ready').click();
    await page.getByText('Built-in').waitFor();
    await page.getByRole('cell', { name: 'payslip_number' }).waitFor();
    await expect.poll(() => edit().count()).toBe(0);
  });

  test('a paused tenant holds what comes until it is resumed', async () => {
    await window.goTo(`/tenants/${customerId}?tab=general`);
    await button('Pause sending').click();
    await page.getByText('is paused. Events are stored, but nothing is sent.').waitFor();
    mails.reset();
    await post(invoice({ invoice_number: 'INV-PAUSED' }));
    await waitUntil(async () => (await served.call('tenants.get', { customerId })).waiting > 0, {
      what: 'a message to wait',
    });
    expect(mails.mails).toEqual([]);
    await window.goTo('/tenants');
    await page.getByRole('row', { name: /Nkosi/ }).getByText('Paused').waitFor();
    await page.getByRole('link', { name: 'Nkosi & Sons' }).click();
    await button('Resume sending').click();
    expect((await mails.waitForMail()).parsed.subject).toContain('INV-PAUSED');
  });

  test('it is renamed, and removed once its id is typed', async () => {
    await window.goTo(`/tenants/${customerId}?tab=general`);
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Nkosi Brothers');
    await button('Save name').click();
    await page.getByRole('heading', { level: 1, name: 'Nkosi Brothers' }).waitFor();
    await expect.poll(() => page.getByLabel('Database address').inputValue()).toContain(':***@');

    await button('Remove…').click();
    const ask = page.getByRole('dialog', { name: 'Remove Nkosi Brothers?' });
    const confirm = ask.getByRole('button', { name: 'Remove tenant' });
    await ask.getByLabel(`Type ${customerId} to confirm`).fill('ACC00');
    await expect.poll(() => confirm.isDisabled()).toBe(true);
    await ask.getByLabel(`Type ${customerId} to confirm`).fill(customerId);
    await ask.getByLabel('Also delete its database').check();
    await ask.getByText("can't be recovered").waitFor();
    await confirm.click();
    await page.getByRole('heading', { name: 'No tenants yet' }).waitFor();
    expect((await post(invoice())).status).toBe(401);
  });

  test('a tenant that is not there is said so', async () => {
    await page.goto(`${served.gateway.origin}/console/#/tenants/NOBODY`);
    await page.getByText('There is no tenant NOBODY').waitFor();
    expect(window.complaints.slice(complaintsBefore)).toEqual([]);
  });
});
