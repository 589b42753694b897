import { useState } from 'react';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';
import { CallError } from '../../gateway-client';
import { useAction } from '../../use-gateway';

type Changes = Readonly<Record<string, string | null>>;

export interface SettingsDraft {
  /** not saved yet; null: back to the default */
  readonly changes: Changes;
  readonly isSaving: boolean;
  readonly saveError: Error | null;
  /** of the last save, by variable */
  readonly problems: Readonly<Record<string, string>>;
  change(variable: SettingVariable, value: string | null): void;
  discard(): void;
  save(): void;
}

/** What was typed and not saved, kept while one looks at other sections. */
export function useSettingsDraft(): SettingsDraft {
  const [changes, setChanges] = useState<Changes>({});
  const save = useAction('settings.save', ['settings.get', 'gateway.info', 'overview.get']);
  return {
    changes,
    isSaving: save.isPending,
    saveError: save.error,
    problems: save.error instanceof CallError ? save.error.fields : {},
    change(variable, value) {
      const { name, secret, source } = variable;
      const before = source === 'default' ? null : variable.value;
      const isSame = !secret && (value === before || (value === '' && before === null));
      const { [name]: _old, ...others } = changes;
      setChanges(isSame ? others : { ...others, [name]: value });
      if (save.isError) save.reset();
    },
    discard() {
      setChanges({});
      save.reset();
    },
    save: () => save.mutate({ values: changes }, { onSuccess: () => setChanges({}) }),
  };
}
