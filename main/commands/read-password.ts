import { Writable } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { GatewayError } from '../gateway/errors';
import { isInteractive, readStandardInput } from './command-output';

/**
 * A new password: asked for twice where somebody sits at a terminal, without showing it; else all of stdin.
 * @throws GatewayError `passwords_differ`, `cancelled`
 */
export async function readNewPassword(): Promise<string> {
  if (!isInteractive()) return readStandardInput();
  const first = await askHidden('New password: ');
  if ((await askHidden('The same again: ')) !== first) {
    throw new GatewayError('passwords_differ', 'These were two different passwords; nothing was changed.');
  }
  return first;
}

async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  // A terminal in raw mode echoes nothing itself, and what readline would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const cancelled = new AbortController();
  terminal.once('SIGINT', () => cancelled.abort());
  terminal.once('close', () => cancelled.abort());
  try {
    return await terminal.question('', { signal: cancelled.signal });
  } catch (thrown) {
    throw new GatewayError('cancelled', 'Cancelled; nothing was changed.', 400, undefined, { cause: thrown });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
