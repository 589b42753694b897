import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorCode } from '../errors';
import { sendJson } from './send-json';

/** A head that trickles in; browsers and PHP send theirs at once. */
const headTimeoutMs = 20_000;
/** Head and body; a body alone has a limit of its own in read-body. */
const requestTimeoutMs = 120_000;

const answers: Readonly<Record<string, readonly [status: string, code: string, error: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'head_too_large', 'The head is too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout', 'The request did not arrive in time.'],
};
/** Node asks for no answer to these once somebody listens for WebSockets: the client would wait in vain. */
const noUpgrade = [
  '400 Bad Request',
  'upgrade_refused',
  'This gateway speaks HTTP/1.1, and WebSocket at /socket.io/: send the request without Upgrade.',
] as const;
const broken = ['400 Bad Request', 'bad_request', 'This is not HTTP as it should be.'] as const;

/** What does not get as far as a route because it is no HTTP is answered in JSON too, and its connection ended. */
export function refuseBrokenRequests(server: Server): void {
  server.headersTimeout = headTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.on('checkExpectation', (_request, response: ServerResponse) => {
    const error = 'Of what an Expect header may ask for there is 100-continue only.';
    sendJson(response, 417, { success: false, error, code: 'expectation_failed' });
  });
  server.on('clientError', (thrown: Error, socket: Socket & { _httpMessage?: { headersSent: boolean } }) => {
    const code = errorCode(thrown);
    // Gone already, or an answer is under way that this text would end up in.
    if (code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    answer(socket, answers[code ?? ''] ?? broken);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket';
    if (isWebSocket && request.url?.startsWith('/socket.io/')) return;
    // Nobody else listens for its errors.
    socket.on('error', () => socket.destroy());
    answer(socket, noUpgrade);
  });
}

function answer(socket: Duplex, [status, name, error]: (typeof answers)[string]): void {
  const body = JSON.stringify({ success: false, error, code: name });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
