import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Server } from 'socket.io';
import { serveCalls } from './calls';

/** What a server could do at most that stores nothing: Express that parses the same JSON, Socket.IO that acknowledges. */

const application = express();
application.post('/api/events', express.json(), (request, response) => {
  const body = request.body as { event_type: string };
  response
    .status(202)
    .json({ success: true, event_id: 1, status: 'processing', event_type: body.event_type });
});
const server = createServer(application);
const io = new Server(server, { serveClient: false });
io.on('connection', (socket) => {
  socket.on('internal:event', (_event: unknown, reply: (answer: object) => void) =>
    reply({ success: true, event_id: 1 }),
  );
});

const handlers = {
  async listen() {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  },
};

export type BaselineCalls = typeof handlers;

serveCalls(handlers);
