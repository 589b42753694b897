import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Router } from 'express';
import type { ReadClientAddress } from '../auth/client-address';
import type { SameOrigin } from '../auth/same-origin';
import { findDist } from '../dist-folder';
import { GatewayError } from '../errors';
import { escapeHtml } from '../messages/escape-html';
import { gatewayVersion } from '../version';
import { describeConnection, isLoopback, type Connection } from './describe-connection';
import { mountOpenRoute, type RouteRequest } from './mount-route';
import { sendPlainPage } from './plain-page';
import { sendJson } from './send-json';

export interface ConnectParts {
  readonly clientAddress: ReadClientAddress;
  readonly pages: Pick<SameOrigin, 'hostOf' | 'isSecure'>;
  /** what machines in the network call this gateway that listens on `port` */
  readonly lanUrl: (port: number) => string;
  /** of a certificate that the gateway made for itself */
  readonly publicKeyPin: () => string | undefined;
}

/** The one file that is handed out, so that a machine without internet and composer can connect. */
const clientFile = 'modular-gateway.php';

/** For the machine of the PHP application: that it reaches the gateway, from where, and what to paste. */
export function createConnectRoutes(parts: ConnectParts): Router {
  const router = Router();
  mountOpenRoute(router, 'GET /connect', undefined, async ({ request, response }) => {
    const connection = readConnection(parts, request);
    response.setHeader('Vary', 'Accept');
    if (wantsPage(request)) {
      // The links of the page are relative, for proxies that serve the gateway below a path.
      if (request.path !== '/connect') {
        response.redirect(307, '../connect');
        return;
      }
      await sendPlainPage(request, response, {
        title: 'Connect to Modular Gateway',
        body: writePage(connection),
      });
      return;
    }
    sendJson(response, 200, {
      success: true,
      reached: true,
      address: connection.address,
      url: connection.url,
      same_machine: connection.sameMachine,
      version: gatewayVersion,
      hints: connection.hints,
      client_url: connection.clientUrl,
      php: connection.php,
    });
  });
  mountOpenRoute(router, 'GET /connect/:file', undefined, async ({ request, response }) => {
    if (request.params['file'] !== clientFile) {
      throw new GatewayError('not_found', `There is no ${request.path} here.`, 404);
    }
    const content = await readFile(join(findDist(), '..', 'php', clientFile)).catch(() => undefined);
    if (content === undefined) {
      throw new GatewayError('client_missing', 'This gateway was installed without its PHP client.', 404);
    }
    // As text: browsers show it, and no web server in front takes it for a program to run.
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Content-Disposition', `attachment; filename="${clientFile}"`);
    response.setHeader('Cache-Control', 'no-cache');
    response.end(content);
  });
  return router;
}

function readConnection(parts: ConnectParts, request: RouteRequest): Connection {
  const address = parts.clientAddress(request);
  const port = request.socket.localPort ?? 0;
  const scheme = parts.pages.isSecure(request) ? 'https' : 'http';
  const host = parts.pages.hostOf(request);
  return describeConnection({
    address,
    calledUrl: host === undefined ? parts.lanUrl(port) : `${scheme}://${host}`,
    // In which networks this machine is besides is nobody else's business.
    lanUrl: isLoopback(address) ? parts.lanUrl(port) : undefined,
    publicKeyPin: parts.publicKeyPin(),
  });
}

/** Browsers ask for HTML; PHP's file_get_contents says nothing of what it wants, and gets what it can parse. */
function wantsPage({ headers: { accept } }: RouteRequest): boolean {
  return accept !== undefined && (/text\/html|text\/\*/.test(accept) || !accept.includes('json'));
}

function writePage(connection: Connection): string {
  const code = (text: string) => `<code>${escapeHtml(text)}</code>`;
  const block = (text: string) => `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`;
  const rows = [
    ['You come from', connection.address],
    ['You called', connection.url],
    ['Version', gatewayVersion],
  ];
  return `<h1 class="good">This machine reaches the gateway.</h1>
<div class="wide" tabindex="0"><table>${rows
    .map(([name = '', value = '']) => `<tr><th>${escapeHtml(name)}</th><td>${code(value)}</td></tr>`)
    .join('')}</table></div>
${connection.hints.map((hint) => `<p class="warning">${escapeHtml(hint)}</p>`).join('\n')}
<h2>1. Check from the PHP machine itself</h2>
<p>A browser on your desk is not the web server. Run this where PHP runs; it prints the address that the gateway sees.</p>
${block(connection.command)}
<h2>2. Get the client</h2>
<p>One file, PHP 7.4 or newer, no composer:
<a href="connect/${clientFile}">${clientFile}</a>. Put it beside your code. With composer it is
${code('modular-gateway/client')}, from the folder ${code('php/')} of the gateway.</p>
<h2>3. Paste this</h2>
${block(connection.php)}
<p>It says whether the key works. Whoever runs the gateway makes a key in the console under <b>Tenants</b>, or with
${code('npx modular-gateway key create CUSTOMER_ID')}. Keep it on the server: never in a page, never in a repository.</p>
<h2>4. Send an event</h2>
${block(`$gateway->sendEvent('invoice:sent', [
    'invoice_id' => 7,
    'invoice_number' => 'INV-7',
    'total_amount' => 1500,
    'client_name' => 'Thandi',
    'client_email' => 'you@example.com',
], 'invoice-7-sent');`)}
<p class="soft">More: <a href="help/connect-php">Connect PHP</a> · <a href="docs">every call</a> ·
<a href="help">help</a></p>`;
}
