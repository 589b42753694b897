import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText } from '../errors';
import type { RouteRequest } from './mount-route';

type Guard = (request: IncomingMessage, response: ServerResponse, next: (thrown?: unknown) => void) => void;

/** Writes the headers of a guard of helmet's, which looks at nothing but the head of a request. */
export function setGuard(guard: Guard, request: RouteRequest, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    guard(request as unknown as IncomingMessage, response, (thrown) => {
      if (thrown === undefined) resolve();
      else reject(thrown instanceof Error ? thrown : new Error(errorText(thrown)));
    });
  });
}
