import {
  configurationVariables,
  findValue,
  type ConfigurationLayers,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from '../config/config';

/** One variable before and after, for the audit log. */
export interface DescribedChange {
  readonly name: ConfigurationVariableName;
  /** null: the default; a secret is `set` or `not set` */
  readonly before: string | null;
  readonly after: string | null;
}

/** What is different between two configurations, without anything secret. */
export function describeChanges(before: ConfigurationLayers, after: ConfigurationLayers): DescribedChange[] {
  const names = Object.keys(configurationVariables) as ConfigurationVariableName[];
  return names.flatMap((name) => {
    const [old, fresh] = [findValue(before, name).value, findValue(after, name).value];
    return old === fresh ? [] : [{ name, before: show(name, old), after: show(name, fresh) }];
  });
}

function show(name: ConfigurationVariableName, value: string | undefined): string | null {
  const variable: ConfigurationVariable = configurationVariables[name];
  if (variable.secret) return value === undefined ? 'not set' : 'set';
  return value === undefined ? null : maskAddress(value).slice(0, 1_000);
}

/** Without the name and password that an address may hold. */
function maskAddress(text: string): string {
  return text.replaceAll(/(:\/\/)[^/@\s]*@/g, '$1***@');
}
