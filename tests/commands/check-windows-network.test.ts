import { expect, test } from 'vitest';
import { checkWindowsNetwork } from '../../main/commands/doctor/check-windows-network';

/** A Windows with these networks, and with or without our rule. */
const windows = (networks: string, hasRule: boolean) => (name: string) =>
  name === 'netsh.exe'
    ? hasRule
      ? Promise.resolve('Rule Name: Modular Gateway')
      : Promise.reject(new Error('exit code 1'))
    : Promise.resolve(networks);
const home = '[{"Name":"Zoë’s network","Category":"Private"}]';
const cafe = '[{"Name":"Café","Category":"Public"}]';

test.each([
  ['0.0.0.0', home, true, ['ok']],
  ['0.0.0.0', home, false, ['warn']],
  ['::', cafe, true, ['warn', 'ok']],
  ['127.0.0.1', cafe, false, []],
  ['localhost', cafe, false, []],
  // Where PowerShell is forbidden nothing is known of the networks, and nothing said.
  ['0.0.0.0', 'blocked by group policy', true, ['ok']],
])('listening at %s: %s, rule %s', async (host, networks, hasRule, statuses) => {
  const checks = await checkWindowsNetwork(host, windows(networks, hasRule));
  expect(checks.map(({ status }) => status)).toEqual(statuses);
});

test('names the network and what to do', async () => {
  const [check] = await checkWindowsNetwork('0.0.0.0', windows(cafe, true));
  expect(check?.message).toMatch(/Café.*private/);
});
