import type { settingsCalls } from '../../contracts/console/settings-calls';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { describeSettings } from './describe-settings';

type SettingsCalls = Extract<keyof typeof settingsCalls, `settings.${string}`>;

/** The environment as a page: what holds, where it comes from, what waits for a restart. */
export function createSettingsHandlers(
  parts: ConsoleParts,
): Pick<ConsoleHandlers<SettingsCalls>, 'settings.get'> {
  return {
    'settings.get'() {
      const variables = describeSettings(parts.config.layers, parts.savedSettings.read().values);
      return Promise.resolve({ variables, restartNeeded: variables.some(({ pending }) => pending) });
    },
  };
}
