import { configurationVariables, type ConfigurationVariable } from '../config/config';

const secretNames = new Set(
  Object.entries<ConfigurationVariable>(configurationVariables)
    .filter(([, variable]) => variable.secret)
    .map(([name]) => name),
);

/** What a browser gets of the gateway's environment: everything but its secrets. */
export function browserEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secretNames.has(name)));
}
