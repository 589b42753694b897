import type { SettingVariable } from '../../contracts/console/settings-calls';
import {
  configurationVariables,
  findValue,
  isSavable,
  type ConfigurationLayers,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from '../config/config';
import type { ConsoleParts } from './console-parts';

const names = Object.keys(configurationVariables) as ConfigurationVariableName[];

/** What this run goes by: what it began with, and the pages that were let in since. */
export function layersInForce({
  config,
  pageOrigins,
}: Pick<ConsoleParts, 'config' | 'pageOrigins'>): ConfigurationLayers {
  const { layers, allowedOrigins } = config;
  const { allowed } = pageOrigins;
  if (allowed === '*' || allowed.length === allowedOrigins.length) return layers;
  return { ...layers, saved: { ...layers.saved, ALLOWED_ORIGINS: allowed.join(',') } };
}

/** Each variable as it will hold after a restart: `inForce` is what this run goes by. */
export function describeSettings(
  inForce: ConfigurationLayers,
  saved: ConfigurationLayers['saved'],
): SettingVariable[] {
  const next = { ...inForce, saved };
  return names.map((name) => {
    const variable: ConfigurationVariable = configurationVariables[name];
    const { value, source } = findValue(next, name);
    const isSecret = variable.secret === true;
    return {
      name,
      group: variable.group,
      description: variable.description,
      allowed: variable.allowed,
      default: variable.default,
      secret: isSecret,
      value: isSecret || value === undefined ? null : value,
      isSet: value !== undefined,
      source,
      fixed: !isSavable(name, inForce.place),
      pending: value !== findValue(inForce, name).value,
    };
  });
}

export function needsRestart(inForce: ConfigurationLayers, saved: ConfigurationLayers['saved']): boolean {
  const next = { ...inForce, saved };
  return names.some((name) => findValue(next, name).value !== findValue(inForce, name).value);
}
