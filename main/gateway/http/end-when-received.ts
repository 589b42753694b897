import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whoever pauses for longer, or sends more, than this loses the answer; the server's request timeout ends the rest. */
const pauseTimeoutMs = 20_000;
const drainLimitBytes = 96 * 1024 * 1024;

/**
 * Ends an answer whose head is written, and which does not need the rest of the request. It leaves at once, but the
 * connection is closed only when the client is done sending: closed with unread data in it, it is reset, and many
 * clients (fetch of Node among them) then report a broken pipe instead of the answer.
 */
export function endWhenReceived(request: IncomingMessage, response: ServerResponse, payload: string): void {
  let received = 0;
  const count = (chunk: Buffer): void => {
    received += chunk.length;
    timer.refresh();
    if (received > drainLimitBytes) end();
  };
  const timer = setTimeout(end, pauseTimeoutMs);
  function end(): void {
    clearTimeout(timer);
    request.off('data', count).off('end', end).off('close', end);
    response.end();
  }
  response.write(payload);
  request.on('data', count).on('end', end).on('close', end);
  request.resume();
}
