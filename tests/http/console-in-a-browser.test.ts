import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  browserPath,
  openConsole,
  type ConsoleWindow,
  type TestConsole,
} from '../console-pages/open-console';

/** What an attacker's script finds out, told by the page itself. */
interface Found {
  readonly login: string;
  readonly logout: string;
  readonly session: string;
  readonly socket: string;
  readonly framed: boolean;
}

describe.skipIf(browserPath === undefined)(
  'in a real browser that is signed in (skipped without one)',
  () => {
    let opened: TestConsole;
    let window: ConsoleWindow;
    let attacker: Server;
    let attackerOrigin: string;

    beforeAll(async () => {
      opened = await openConsole();
      await opened.makeLink();
      window = await opened.openWindow();
      attacker = createServer((_request, response) => {
        response.setHeader('Content-Type', 'text/html');
        response.end('<!doctype html><title>attacker</title>');
      });
      await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
      // The same site, at another port: SameSite does not keep the cookie from its requests.
      attackerOrigin = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}`;
    });
    afterAll(async () => {
      await window.close();
      await opened.stop();
      const closed = new Promise((resolve) => attacker.close(resolve));
      attacker.closeAllConnections();
      await closed;
    });

    it('the page keeps to its policy, and previews of mails show under it without running anything', async () => {
      const refused = window.complaints.filter((text) => /content security policy|refused to/i.test(text));
      expect(refused).toEqual([]);
      const preview = await window.page.evaluate(async () => {
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-same-origin');
        frame.srcdoc = `<style>p { color: rgb(1, 2, 3) }</style><p>mail</p>
        <img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
        <img class="far" src="https://tracker.example.com/pixel.gif"><script>document.title = 'ran'</script>`;
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        document.body.append(frame);
        await loaded;
        const inner = frame.contentDocument!;
        const color = getComputedStyle(inner.querySelector('p')!).color;
        const [near, far] = [...inner.querySelectorAll('img')].map((image) => image.naturalWidth);
        const result = { color, near, far, title: inner.title };
        frame.remove();
        return result;
      });
      expect(preview).toEqual({ color: 'rgb(1, 2, 3)', near: 1, far: 0, title: '' });
    });

    it('the cookie is out of reach of scripts', async () => {
      expect(await window.page.evaluate('document.cookie')).toBe('');
    });

    it('a page at another port of this machine can do nothing with it', async () => {
      const { page } = window;
      const { origin } = opened.gateway;
      const cookies = await page.context().cookies(origin);
      expect(cookies.map(({ name, httpOnly, sameSite }) => ({ name, httpOnly, sameSite }))).toEqual([
        { name: `modular_gateway_console_${opened.gateway.port}`, httpOnly: true, sameSite: 'Strict' },
      ]);
      const evil = await page.context().newPage();
      try {
        await evil.goto(attackerOrigin);
        const found = (await evil.evaluate(
          async ([target]) => {
            const ask = (path: string, init: RequestInit) =>
              fetch(`${target}${path}`, { credentials: 'include', ...init }).then(
                async (response) => `${response.status} ${await response.text()}`,
                () => 'unreadable',
              );
            const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
            const blind: RequestInit = { method: 'POST', mode: 'no-cors', body: '{}' };
            await ask('/console/logout', blind);
            const socket = new WebSocket(
              `${target!.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
            );
            const answer = await new Promise<string>((resolve) => {
              socket.onmessage = ({ data }: MessageEvent<string>) => {
                if (data.startsWith('0')) socket.send('40/console,');
                else resolve(data);
              };
              socket.onerror = () => resolve('error');
              socket.onclose = () => resolve('closed');
            });
            socket.close();
            const frame = document.createElement('iframe');
            frame.src = `${target}/console/`;
            const loaded = new Promise((resolve) => (frame.onload = resolve));
            document.body.append(frame);
            await loaded;
            return {
              login: await ask('/console/login', json),
              logout: await ask('/console/logout', json),
              session: await ask('/console/session', {}),
              socket: answer,
              framed: frame.contentWindow!.length > 0,
            };
          },
          [origin],
        )) as Found;
        expect(found).toMatchObject({
          login: 'unreadable',
          logout: 'unreadable',
          session: 'unreadable',
          framed: false,
        });
        expect(found.socket).toMatch(/^44\/console,.*foreign_page/);
      } finally {
        await evil.close();
      }
      // Still signed in: none of it signed anybody out either.
      const session = await page.evaluate(`fetch('session').then((response) => response.json())`);
      expect(session).toMatchObject({ signed_in: true });
    });
  },
);
