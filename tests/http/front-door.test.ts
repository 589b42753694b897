import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/start-gateway';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

async function ask({ origin }: TestGateway, accept: string | undefined, method = 'GET') {
  const response = await fetch(`${origin}/`, {
    method,
    redirect: 'manual',
    headers: accept === undefined ? {} : { accept },
  });
  return { status: response.status, to: response.headers.get('location'), text: await response.text() };
}

describe('GET /', () => {
  let gateway: TestGateway;
  let withoutConsole: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
    withoutConsole = await startGateway({ env: { GATEWAY_CONSOLE: 'off' } });
  });
  afterAll(async () => {
    await gateway.stop();
    await withoutConsole.stop();
  });

  it('leads a browser to the console', async () => {
    expect(await ask(gateway, browser)).toMatchObject({ status: 307, to: 'console/' });
    expect(await ask(gateway, browser, 'HEAD')).toMatchObject({ status: 307, to: 'console/' });
    const followed = await fetch(`${gateway.origin}/`, { headers: { accept: browser } });
    expect(new URL(followed.url).pathname).toBe('/console/');
    await followed.arrayBuffer();
  });

  it('leads it to the documentation where there is no console for browsers', async () => {
    expect(await ask(withoutConsole, browser)).toMatchObject({ status: 307, to: 'docs' });
  });

  it.each([undefined, '*/*', 'application/json', 'application/json, text/html;q=0', 'text/htmlx', ''])(
    'answers a program that accepts %s in JSON',
    async (accept) => {
      const { status, text } = await ask(gateway, accept);
      expect(status).toBe(404);
      expect(JSON.parse(text)).toMatchObject({ success: false, code: 'not_found' });
    },
  );
});
