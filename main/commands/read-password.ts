import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { GatewayError } from '../gateway/errors';
import { isInteractive, readStandardInput } from './command-output';

/**
 * A new password: asked for twice where somebody sits at a terminal, without showing it; else all of stdin.
 * @throws GatewayError `passwords_differ`, `cancelled`
 */
export async function readNewPassword(): Promise<string> {
  if (!isInteractive()) return readStandardInput();
  // A terminal in raw mode echoes nothing itself, and what readline would echo goes nowhere. It is raw before
  // anything is asked and until both are answered: whoever types ahead is not shown either.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const cancelled = new AbortController();
  terminal.once('SIGINT', () => cancelled.abort());
  terminal.once('close', () => cancelled.abort());
  try {
    const first = await askHidden(terminal, 'New password: ', cancelled.signal);
    const second = await askHidden(terminal, 'The same again: ', cancelled.signal);
    if (first !== second) {
      throw new GatewayError('passwords_differ', 'These were two different passwords; nothing was changed.');
    }
    return first;
  } finally {
    terminal.close();
  }
}

async function askHidden(terminal: Interface, question: string, cancelled: AbortSignal): Promise<string> {
  process.stderr.write(question);
  try {
    return await terminal.question('', { signal: cancelled });
  } catch (thrown) {
    throw new GatewayError('cancelled', 'Cancelled; nothing was changed.', 400, undefined, { cause: thrown });
  } finally {
    process.stderr.write('\n');
  }
}
