import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

let gateway: TestGateway;
let busy: TestTenant;
let calm: TestTenant;
beforeAll(async () => {
  gateway = await startGateway();
  busy = await gateway.addTenant({ customerId: 'BUSY' });
  calm = await gateway.addTenant({ customerId: 'CALM' });
});
afterAll(() => gateway.stop());

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** The head of a large request; its body never comes. @returns what is answered, as it grows */
function begin(path: string, megabytes: number, headers: Readonly<Record<string, string>>): () => string {
  const socket = connect(gateway.port, '127.0.0.1');
  open.push(socket);
  let answer = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  const lines = Object.entries({ Host: 'x', 'Content-Length': String(megabytes * 1_000_000), ...headers });
  socket.write(
    `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n{`,
  );
  return () => answer;
}

const keyOf = (tenant: TestTenant) => ({ Authorization: `Bearer ${tenant.apiKey}` });

describe('large bodies', () => {
  it('of one customer at once have an end, small ones and those of others go on, and room comes back', async () => {
    const batches = Array.from({ length: 8 }, () => begin('/api/events/batch', 60, keyOf(busy)));
    const refused = await waitUntil(() => batches.map((answer) => answer()).find((text) => text !== ''), {
      what: 'a batch to be refused',
    });
    expect(refused).toContain(' 503 ');
    expect(refused).toContain('"code":"busy"');
    expect(refused).toMatch(/\r\nRetry-After: \d+\r\n/);
    expect((await busy.post('/api/events', quietEvent)).status).toBe(202);
    const large = { events: Array(2_000).fill('x'.repeat(500)) };
    expect((await calm.post('/api/events/batch', large)).body['code']).toBe('invalid_batch');

    for (const socket of open.splice(0)) socket.destroy();
    await waitUntil(
      async () => (await busy.post('/api/events/batch', large)).body['code'] === 'invalid_batch',
      { what: 'the room to come back' },
    );
  });

  it('are those that came to be large: small ones that do not tell their length are taken, any number at once', async () => {
    const body = JSON.stringify(quietEvent);
    const chunked = `${body.length.toString(16)}\r\n${body}\r\n`;
    const requests = Array.from({ length: 40 }, () => {
      const socket = connect(gateway.port, '127.0.0.1');
      open.push(socket);
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.write(
        `POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${calm.apiKey}\r\n` +
          `Transfer-Encoding: chunked\r\n\r\n${chunked}`,
      );
      return { socket, answer: () => answer };
    });
    // All forty are being read when the first of them ends.
    await calm.post('/api/events', quietEvent);
    for (const { socket } of requests) socket.write('0\r\n\r\n');
    for (const { answer } of requests) {
      await waitUntil(() => answer().includes('\r\n\r\n'), { what: 'an answer' });
      expect(answer()).toContain('HTTP/1.1 202 ');
    }
  });

  it('that do not tell their length have an end as well', async () => {
    const piece = `100000\r\n${' '.repeat(0x100000)}\r\n`;
    const answers = Array.from({ length: 8 }, () => {
      const socket = connect(gateway.port, '127.0.0.1');
      open.push(socket);
      let answer = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.write(
        `POST /api/events/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${busy.apiKey}\r\n` +
          'Transfer-Encoding: chunked\r\n\r\n',
      );
      for (let count = 0; count < 40; count += 1) socket.write(piece);
      return () => answer;
    });
    const refused = await waitUntil(() => answers.map((answer) => answer()).find((text) => text !== ''), {
      what: 'a batch to be refused',
    });
    expect(refused).toContain('"code":"busy"');
  });

  it("of strangers are not read where no id in them could help, a document's neither", async () => {
    for (const headers of [
      { 'Content-Type': 'multipart/form-data; boundary=x' },
      { 'Content-Type': 'application/json' },
    ]) {
      const answer = begin('/whatsapp/send-document/CALM', 60, headers);
      await waitUntil(() => answer().includes(' 401 '), { what: 'the stranger to be refused at once' });
    }
  });
});
