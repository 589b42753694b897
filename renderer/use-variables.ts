import type { SettingVariable } from '../main/contracts/console/settings-calls';
import { useCall } from './use-gateway';

/** The gateway's variables by their names; undefined while they are not known. */
export function useVariables(): ReadonlyMap<string, SettingVariable> | undefined {
  const settings = useCall('settings.get', {});
  return settings.data && new Map(settings.data.variables.map((variable) => [variable.name, variable]));
}
