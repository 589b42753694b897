import { CommanderError } from 'commander';
import { errorText } from '../gateway/errors';

/** Used wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints the one line on stderr that a failure is worth, and says with which code to exit. */
export function reportFailure(thrown: unknown): number {
  // Commander has printed its own line, or help.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const line = errorText(thrown).replace(/\s*\n\s*/g, ' ');
  process.stderr.write(`error: ${line}\n`);
  return thrown instanceof UsageError ? 2 : 1;
}
