import { resolve } from 'node:path';
import { inject } from 'vitest';

/**
 * The command line as it ships, for child processes: `spawn(process.execPath, [builtCli(), 'serve'])`.
 * @throws Error with the build's output when `npm run build` failed at the start of this run
 */
export function builtCli(): string {
  const failure = inject('buildFailure');
  if (failure !== undefined) throw new Error(`dist is not built: ${failure}`);
  return resolve('dist/main/cli.js');
}
