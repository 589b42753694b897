import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MailCatcher } from '../simulators/mail-catcher';
import type { DemoPhone } from './demo-phone';
import type { GatewayClient } from './gateway-client';
import { showIndex } from './pages/index-page';
import { showMail, showMailList } from './pages/mail-pages';
import pageUpdates from './pages/page-updates.js?raw';
import pageStyles from './pages/page.css?raw';
import { showPhone } from './pages/phone-page';
import { showWebhooks } from './pages/webhook-page';
import type { ReceivedCall } from './received-calls';

export interface DemoPagesParts {
  readonly mail: MailCatcher;
  readonly calls: readonly ReceivedCall[];
  readonly phone: DemoPhone;
  readonly gateway: GatewayClient;
  readonly gatewayOrigin: string;
  readonly consoleUrl: string | undefined;
}

export interface DemoPages {
  readonly origin: string;
  stop(): Promise<void>;
}

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const shownEvents = 14;
const largestForm = 10_000;
const pagePolicy =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** A mail may bring its own styles and pictures, and nothing that runs or tells its sender that it was read. */
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";

/** The pages of the demo on 127.0.0.1, at any free port: what was mailed, called and written, and the phone. */
export async function serveDemoPages(parts: DemoPagesParts): Promise<DemoPages> {
  const { mail, calls, phone, gateway } = parts;

  const seeOther = (path: string): Answer => ({ status: 303, headers: { location: path } });

  async function showOverview(): Promise<Answer> {
    const [{ status }, events] = await Promise.all([
      gateway.whatsappState(),
      gateway.listEvents(shownEvents),
    ]);
    const counts = { mails: mail.mails.length, calls: calls.length, messages: phone.messages.length };
    const { gatewayOrigin, consoleUrl } = parts;
    return { body: showIndex({ gatewayOrigin, consoleUrl, whatsappStatus: status, counts, events }) };
  }

  function showMailPart(path: string): Answer | undefined {
    const [, , number, part, index] = path.split('/');
    const found = mail.mails[Number(number) - 1];
    if (!found) return undefined;
    if (part === undefined) return { body: showMail(found, Number(number)) };
    if (part === 'html') {
      const { html } = found.parsed;
      return {
        body: html === false ? 'This mail has no HTML.' : html,
        headers: { 'content-security-policy': mailPolicy },
      };
    }
    const attachment = part === 'attachments' ? found.parsed.attachments[Number(index) - 1] : undefined;
    return (
      attachment && {
        type: 'application/octet-stream',
        headers: {
          'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(attachment.filename ?? 'attachment')}`,
        },
        body: attachment.content,
      }
    );
  }

  async function press(path: string, form: URLSearchParams): Promise<Answer | undefined> {
    if (path === '/phone/scan') await phone.scan();
    else if (path === '/phone/unlink') phone.unlink();
    else if (path === '/phone/write') phone.write(form.get('from') ?? '', form.get('text') ?? '');
    else return undefined;
    return seeOther('/phone');
  }

  async function answer(request: IncomingMessage, path: string): Promise<Answer | undefined> {
    if (request.method === 'POST') {
      // Another site's page must not press our buttons.
      if (request.headers.origin !== origin)
        return { status: 403, type: 'text/plain', body: 'Not from here.' };
      return press(path, new URLSearchParams(await readText(request)));
    }
    if (request.method !== 'GET') return { status: 405, type: 'text/plain', body: 'GET or POST.' };
    switch (path) {
      case '/':
        return showOverview();
      case '/mails':
        return { body: showMailList(mail.mails) };
      case '/webhooks':
        return { body: showWebhooks(calls) };
      case '/phone':
        return { body: showPhone(await phone.view()) };
      case '/page.css':
        return { type: 'text/css', body: pageStyles };
      case '/page-updates.js':
        return { type: 'text/javascript', body: pageUpdates };
      default:
        return path.startsWith('/mails/') ? showMailPart(path) : undefined;
    }
  }

  function send(response: ServerResponse, { status = 200, type = 'text/html', headers, body }: Answer): void {
    response.writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': pagePolicy,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      ...headers,
    });
    response.end(body ?? '');
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://demo');
    answer(request, pathname).then(
      (found) => send(response, found ?? { status: 404, type: 'text/plain', body: 'There is no such page.' }),
      (thrown: unknown) => send(response, { status: 500, type: 'text/plain', body: String(thrown) }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    origin,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestForm) throw new Error('the form is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
