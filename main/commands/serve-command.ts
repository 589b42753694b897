import type { Command } from 'commander';
import { readConfig } from '../gateway/config/config';

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('runs the gateway without a window until SIGTERM or SIGINT')
    .action(async () => {
      // Only here: the other commands start without the web server and the browser library.
      const { startHeadless } = await import('../headless');
      await startHeadless(() => readConfig(process.env, process.cwd()));
    });
}
