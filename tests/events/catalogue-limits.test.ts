import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
});
afterAll(() => gateway.stop());

const eventType = (name: string, sample: object = {}) => ({
  type: name,
  title: 'A type',
  required: {},
  audiences: [],
  sample,
});

describe('event types', () => {
  it('are listed without what is long in them, and come whole one at a time', async () => {
    expect(
      (await tenant.post('/api/event-types', eventType('own:one', { a: 'x'.repeat(1_000) }))).status,
    ).toBe(200);
    const list = await tenant.get<{ event_types: Record<string, unknown>[] }>('/api/event-types');
    const own = list.body.event_types.find(({ type }) => type === 'own:one');
    expect(own).toMatchObject({ built_in: false, audiences: [] });
    expect(own).not.toHaveProperty('sample');
    const invoice = list.body.event_types.find(({ type }) => type === 'invoice:sent');
    expect(invoice?.['audiences']).toMatchObject([{ channels: ['email', 'whatsapp'] }]);
    expect(JSON.stringify(invoice)).not.toContain('templates');

    const one = await tenant.get<{ event_type: { sample: object; audiences: object[] } }>(
      '/api/event-types/invoice:sent',
    );
    expect(one.body.event_type.sample).toHaveProperty('invoice_number');
    expect(one.body.event_type.audiences[0]).toHaveProperty('templates.email.subject');
    expect((await tenant.get('/api/event-types/no:such')).status).toBe(404);
  });

  it('have an end in number, and so have those that came by SQL', async () => {
    await tenant.sql(
      `insert into tenant_event_types (event_type, definition)
        select 'many:' || lpad(n::text, 4, '0'), jsonb_build_object('type', 'many:' || lpad(n::text, 4, '0'),
          'title', 'x', 'required', '{}'::jsonb, 'audiences', '[]'::jsonb, 'sample', '{}'::jsonb)
        from generate_series(1, 300) n`,
    );
    const known = async () =>
      (await tenant.get<{ event_types: object[] }>('/api/event-types')).body.event_types.length;
    await expect.poll(known).toBe(11 + 200);
    const refused = await tenant.post('/api/event-types', eventType('one:more'));
    expect(refused.status).toBe(422);
    expect(refused.body['code']).toBe('catalogue_full');
    await tenant.sql(`delete from tenant_event_types where event_type like 'many:%'`);
    await expect.poll(known).toBe(11 + 1);
    expect((await tenant.post('/api/event-types', eventType('one:more'))).status).toBe(200);
  });

  it('have an end in bytes, together with templates', async () => {
    const large = { a: 'x'.repeat(900_000), b: 'x'.repeat(900_000) };
    const statuses: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      statuses.push((await tenant.post('/api/event-types', eventType(`large:${count}`, large))).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 422, 422]);
    const html = 'x'.repeat(490_000);
    const template = { subject: 'x', text: 'x'.repeat(90_000), html };
    const audiences = ['invoice:sent', 'invoice:paid', 'payment:received'];
    const saved: number[] = [];
    for (const event_type of audiences) {
      const key = { event_type, audience: 'client', channel: 'email', template };
      saved.push((await tenant.post('/api/templates', key)).status);
    }
    expect(saved).toContain(422);
    // Those that are there can be changed, and made smaller.
    expect((await tenant.post('/api/event-types', eventType('large:0'))).status).toBe(200);
  });
});
