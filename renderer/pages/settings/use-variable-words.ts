import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';
import type en from '../../../texts/en.json';

export interface VariableWords {
  readonly label: string;
  readonly hint: string;
}

/** A variable in the language of the console; one that this catalogue does not know, in the gateway's words. */
export function useVariableWords(): (variable: SettingVariable) => VariableWords {
  const { t } = useTranslation('settings');
  return useCallback(
    (variable) => {
      const name = variable.name as keyof typeof en.settings.variable;
      return {
        label: t(`variable.${name}.label`, { defaultValue: variable.name }),
        hint: t(`variable.${name}.hint`, { defaultValue: variable.description }),
      };
    },
    [t],
  );
}
