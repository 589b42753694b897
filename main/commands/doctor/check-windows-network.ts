import { z } from 'zod';
import {
  askPowerShell,
  runWindowsProgram,
  type RunWindowsProgram,
} from '../../gateway/system/run-windows-program';
import { ok, warn, type Check } from './check';

const profileScript =
  'ConvertTo-Json -Compress -InputObject @(Get-NetConnectionProfile | ' +
  "Select-Object Name,@{n='Category';e={[string]$_.NetworkCategory}})";
const profiles = z.array(z.object({ Name: z.string(), Category: z.string() }));
/** The installer's, see packaging/installer.nsh. */
const ruleName = 'Modular Gateway';
const netshTimeoutMs = 10_000;

/** Can other computers reach the gateway through Windows' firewall? What cannot be found out is not said. */
export async function checkWindowsNetwork(
  host: string,
  run: RunWindowsProgram = runWindowsProgram,
): Promise<Check[]> {
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return [];
  const [networks, hasRule] = await Promise.all([
    askPowerShell(profileScript, run).then(
      (listed) => profiles.parse(listed),
      () => [],
    ),
    run('netsh.exe', ['advfirewall', 'firewall', 'show', 'rule', `name=${ruleName}`], netshTimeoutMs).then(
      () => true,
      () => false,
    ),
  ]);
  const open = networks.filter(({ Category }) => Category === 'Public').map(({ Name }) => Name);
  return [
    ...(open.length === 0
      ? []
      : [
          warn(
            'firewall',
            `Windows treats ${open.join(', ')} as a public network and lets no other computer in: mark it as private if it is your own.`,
          ),
        ]),
    hasRule
      ? ok('firewall', `The rule “${ruleName}” is there.`)
      : warn(
          'firewall',
          `There is no rule “${ruleName}”: other computers may not reach the gateway. Run the installer again and answer its question with Yes.`,
        ),
  ];
}
