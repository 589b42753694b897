import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { limitConnections, type ConnectionShare } from './limit-connections';
import { refuseBrokenRequests } from './refuse-broken-requests';
import { sendJson } from './send-json';

/** The server that http, https where there is a certificate, and sockets share; it does not listen yet. */
export function createWebServer(parts: {
  readonly application: RequestListener;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly isStopping: () => boolean;
  readonly connections: ConnectionShare;
}): Server {
  const { application, certificate, isStopping } = parts;
  const onRequest: RequestListener = (request, response) => {
    // Node would refuse it without a word.
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      sendJson(response, 400, { success: false, error: 'The Host header is missing.', code: 'bad_request' });
      return;
    }
    if (isStopping()) {
      response.setHeader('Connection', 'close');
      sendJson(response, 503, { success: false, error: 'The gateway is stopping.', code: 'stopping' });
      return;
    }
    application(request, response);
  };
  const options = { requireHostHeader: false };
  const server = certificate
    ? createTlsServer({ ...options, ...certificate }, onRequest)
    : createServer(options, onRequest);
  limitConnections(server, parts.connections);
  refuseBrokenRequests(server);
  return server;
}
