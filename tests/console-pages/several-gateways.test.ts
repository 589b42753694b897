import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewayVersion } from '../../main/gateway/version';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { pairWhatsApp } from '../support/pair-whatsapp';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { createLook, type Look } from './look-at-page';
import { browserPath, openConsole, type ConsoleWindow, type TestConsole } from './open-console';

describe.skipIf(browserPath === undefined)('the console of one of two gateways', () => {
  let simulator: WhatsAppSimulator;
  let first: TestGateway;
  let tenant: TestTenant;
  let served: TestConsole;
  let window: ConsoleWindow;
  let look: Look;

  beforeAll(async () => {
    simulator = await createWhatsAppSimulator();
    const env = {
      GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860',
      WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' '),
    };
    first = await startGateway({ env });
    tenant = await first.addTenant();
    served = await openConsole({ env, beside: first });
    await pairWhatsApp(tenant, simulator, simulator.createPhone('27821110009'));
    window = await served.openWindow();
    look = createLook(window.page, 'several-gateways');
  });
  afterAll(async () => {
    await window.close();
    await served.stop();
    await first.stop();
    await simulator.stop();
  });

  test('says where a WhatsApp session runs', async () => {
    await window.goTo('/whatsapp');
    const card = window.page.getByRole('region', { name: tenant.customerId, exact: true });
    await card.getByText('Runs on').waitFor();
    await card.getByText(hostname(), { exact: true }).waitFor();
    await look('runs-on');
  });

  test('lists the gateways, with what each runs, since when and of which version', async () => {
    await window.goTo('/settings');
    const table = window.page.getByRole('region', { name: 'Gateways' }).getByRole('table');
    const rows = table.getByRole('row');
    // The first gateway came first, leads, and runs the session.
    await rows.nth(1).getByText('Leads').waitFor();
    await rows.nth(1).getByRole('cell', { name: '1', exact: true }).waitFor();
    await rows.nth(2).getByText('This one').waitFor();
    await rows.nth(2).getByRole('cell', { name: '0', exact: true }).waitFor();
    await expect.poll(() => rows.count()).toBe(3);
    for (const row of [rows.nth(1), rows.nth(2)]) {
      await row.getByText(hostname(), { exact: true }).waitFor();
      await row.getByRole('cell', { name: gatewayVersion, exact: true }).waitFor();
    }
    await look('gateways');
  });

  test('fits every screen', () => {
    expect(look.problems).toEqual([]);
    expect(window.complaints).toEqual([]);
  });
});
