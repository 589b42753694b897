import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

interface AuditPage extends Record<string, unknown> {
  readonly entries: readonly { actor: string; action: string; detail: Record<string, unknown> }[];
  readonly next_cursor: string | null;
}

let gateway: TestGateway;
let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  gateway = await startGateway({ env: { TRUSTED_SOURCES: '127.0.0.1=ACC003' } });
  tenant = await gateway.addTenant({ customerId: 'ACC001' });
  other = await gateway.addTenant({ customerId: 'ACC002' });
});
afterAll(() => gateway.stop());

const newest = async () => (await tenant.get<AuditPage>('/api/audit?limit=1')).body.entries[0];

describe('what is done by key', () => {
  it('is recorded with who, what and to which', async () => {
    const key = { event_type: 'invoice:sent', audience: 'client', channel: 'whatsapp' };
    await tenant.post('/api/templates', { ...key, template: { text: 'Hello {{ client_name }}' } });
    expect(await newest()).toMatchObject({
      actor: `key ${tenant.apiKey.slice(0, 12)}`,
      action: 'template.saved',
      detail: { ...key, address: '127.0.0.1' },
    });
    await tenant.post('/api/templates/reset', key);
    expect(await newest()).toMatchObject({ action: 'template.reset' });

    const { body } = await tenant.post<{ deliveries: { id: number }[] }>('/api/events', invoiceEvent());
    const id = body.deliveries[0]?.id ?? 0;
    await tenant.sql(`update message_deliveries set status = 'unknown' where id = $1`, [id]);
    expect((await tenant.post(`/api/deliveries/${id}/resolve`, { action: 'close' })).status).toBe(202);
    expect(await newest()).toMatchObject({
      action: 'delivery.resolved',
      detail: { delivery_id: id, action: 'close' },
    });
    expect((await tenant.post(`/api/deliveries/${id}/retry`)).status).toBe(202);
    expect(await newest()).toMatchObject({ action: 'delivery.retried', detail: { delivery_id: id } });
    await tenant.post('/api/deliveries/replay', { filter: { channel: 'email' } });
    expect(await newest()).toMatchObject({
      action: 'deliveries.replayed',
      detail: { filter: { channel: 'email' } },
    });
    await tenant.post('/whatsapp/send-document/ACC001', {
      recipient: '+27825550142',
      filename: 'payslip.pdf',
      document_base64: 'YQ==',
    });
    expect(await newest()).toMatchObject({ action: 'document.sent', detail: { filename: 'payslip.pdf' } });
  });

  it('names the user where a token did it', async () => {
    const headers = { authorization: `Bearer ${await tenant.token('17\r\n=cmd')}` };
    await gateway.call('/api/deliveries/replay', { body: {}, headers });
    expect((await newest())?.actor).toBe('token (user 17  =cmd)');
  });

  it('holds no secret, and what failed is not in it', async () => {
    const before = (await tenant.get<AuditPage>('/api/audit?limit=500')).body.entries.length;
    await tenant.post('/api/deliveries/999999/retry');
    await tenant.post('/api/templates', { event_type: 'invoice:sent' });
    const page = await tenant.get<AuditPage>('/api/audit?limit=500');
    expect(page.body.entries).toHaveLength(before);
    expect(JSON.stringify(page.body)).not.toContain(tenant.apiKey);
  });

  it('is paged, filtered, and each customer sees its own', async () => {
    const first = await tenant.get<AuditPage>('/api/audit?limit=2');
    const second = await tenant.get<AuditPage>(`/api/audit?limit=2&cursor=${String(first.body.next_cursor)}`);
    expect(second.body.entries).toHaveLength(2);
    expect(second.body.entries).not.toEqual(first.body.entries);
    const filtered = await tenant.get<AuditPage>('/api/audit?action=document.sent');
    expect(filtered.body.entries.map(({ action }) => action)).toEqual(['document.sent']);
    expect((await other.get<AuditPage>('/api/audit')).body.entries).toEqual([]);
  });

  it("is not shown to a page's token", async () => {
    const headers = { authorization: `Bearer ${await tenant.token()}` };
    const { status, body } = await gateway.call('/api/audit', { headers });
    expect([status, body['code']]).toEqual([403, 'key_required']);
  });
});

describe('the log', () => {
  it.each(["update audit_log set actor = 'somebody else'", 'delete from audit_log', 'truncate audit_log'])(
    'refuses to forget: %s',
    async (text) => {
      await expect(gateway.system.query({ name: 'test.forget', prepare: false, text })).rejects.toThrow(
        'append-only',
      );
      expect((await tenant.get<AuditPage>('/api/audit')).body.entries.length).toBeGreaterThan(0);
    },
  );
});
