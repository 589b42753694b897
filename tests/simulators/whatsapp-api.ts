import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import QRCode from 'qrcode';
import type { WhatsAppStatus } from '../../main/contracts/statuses';

interface WhatsAppApiCall {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

export interface WhatsAppApiSimulator {
  readonly origin: string;
  readonly calls: readonly WhatsAppApiCall[];
  status: WhatsAppStatus;
  /** one more failure of this kind for each call to come, until undefined */
  failure: { readonly status: number; readonly body: object } | undefined;
  /** answers like a gateway whose tokens are these; undefined: only the ids of a session speak */
  tokens: readonly string[] | undefined;
  /** The phone shows another code from now on. Returns it. */
  renewCode(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * The gateway's WhatsApp routes as the contract has them, without a browser behind them and without sockets: for
 * pages that cannot have a live connection, and for failures that the real one does not show on demand.
 */
export async function startWhatsAppApiSimulator(): Promise<WhatsAppApiSimulator> {
  const calls: WhatsAppApiCall[] = [];
  let qrCode = await QRCode.toDataURL('code-1');
  let codes = 1;

  function isAllowed(call: WhatsAppApiCall): boolean {
    if (simulator.tokens) {
      return simulator.tokens.some((token) => call.authorization === `Bearer ${token}`);
    }
    const ids = call.method === 'GET' ? call.query : call.body;
    return ids['user_id'] === '1' && ids['session_id'] === 'session-of-php';
  }

  function answer(call: WhatsAppApiCall): { status: number; body: object } {
    if (simulator.failure) return simulator.failure;
    const [, room, action, customerId] = call.path.split('/');
    if (room !== 'whatsapp' || customerId !== 'ACC001')
      return { status: 404, body: { error: 'No.', code: 'not_found' } };
    if (!isAllowed(call)) return { status: 401, body: { error: 'Send a key.', code: 'unauthorized' } };
    const updated = new Date().toISOString();
    switch (`${call.method} ${action ?? ''}`) {
      case 'GET qr':
        if (simulator.status === 'ready') {
          return {
            status: 409,
            body: { error: 'Connected already.', code: 'already_connected', status: 'ready' },
          };
        }
        simulator.status = 'qr_ready';
        return {
          status: 200,
          body: {
            success: true,
            qr_code: qrCode,
            status: 'qr_ready',
            data: { qr_code: qrCode, status: 'qr_ready' },
          },
        };
      case 'GET status': {
        const data = {
          status: simulator.status,
          last_updated: updated,
          qr_code: simulator.status === 'qr_ready' ? qrCode : null,
        };
        const phone = simulator.status === 'ready' ? { phone: '27821234567' } : {};
        return {
          status: 200,
          body: { success: true, status: simulator.status, last_updated: updated, ...phone, data },
        };
      }
      case 'POST logout':
        simulator.status = 'logged_out';
        return {
          status: 200,
          body: {
            success: true,
            message: 'WhatsApp is logged out.',
            status: 'logged_out',
            data: { status: 'logged_out' },
          },
        };
      case 'POST pairing-code':
        return { status: 200, body: { success: true, code: 'ABCDEFGH' } };
      default:
        return { status: 404, body: { error: 'No.', code: 'not_found' } };
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://simulator');
    const text = Buffer.concat(chunks).toString();
    const call: WhatsAppApiCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
      authorization: request.headers.authorization,
    };
    if (call.path.startsWith('/whatsapp/')) calls.push(call);
    const { status, body } = answer(call);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const simulator: WhatsAppApiSimulator = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    status: 'disconnected',
    failure: undefined,
    tokens: undefined,
    async renewCode() {
      codes += 1;
      qrCode = await QRCode.toDataURL(`code-${codes}`);
      return qrCode;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return simulator;
}
