import type { ConsoleCallName } from '../../contracts/console/console-calls';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';

/** Every call's implementation, room by room. */
export function createHandlers(_parts: ConsoleParts): Partial<ConsoleHandlers<ConsoleCallName>> {
  return {};
}
