import { Command } from 'commander';
import { addAuditCommand } from './commands/audit-command';
import { addBackupCommands } from './commands/backup-commands';
import { reportFailure } from './commands/command-error';
import { addConsoleCommands } from './commands/console-commands';
import { addDoctorCommand } from './commands/doctor-command';
import { addImportCommand } from './commands/import-command';
import { addKeyCommands } from './commands/key-commands';
import { addPersonCommands } from './commands/person-commands';
import { addPhpCheckCommand } from './commands/php-check-command';
import { addServeCommand } from './commands/serve-command';
import { addSettingsCommands } from './commands/settings-commands';
import { addTenantCommands } from './commands/tenant-commands';
import { gatewayVersion } from './gateway/version';

/** Commander hands exit codes to nobody unless each command is told to throw instead of exiting. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwInsteadOfExit);
}

function createProgram(): Command {
  const program = new Command('modular-gateway')
    .description('Turns the events of a business application into emails, WhatsApp messages and webhooks.')
    .version(gatewayVersion)
    .showSuggestionAfterError();
  addServeCommand(program);
  addTenantCommands(program);
  addImportCommand(program);
  addKeyCommands(program);
  addSettingsCommands(program);
  addConsoleCommands(program);
  addPersonCommands(program);
  addAuditCommand(program);
  addDoctorCommand(program);
  addPhpCheckCommand(program);
  addBackupCommands(program);
  throwInsteadOfExit(program);
  return program;
}

// What libraries warn of is for those who look for a fault.
if (process.env['LOG_LEVEL']?.toLowerCase() !== 'debug') process.removeAllListeners('warning');

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
  if (thrown.code !== 'EPIPE') throw thrown;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
