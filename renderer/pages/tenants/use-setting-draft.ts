import { useState } from 'react';
import { secretSettingNames, settingSchemas } from '../../../main/contracts/tenant-settings';
import { CallError } from '../../gateway-client';
import type { SettingFields, SettingName, SettingValue, SettingValues } from './setting-types';
import { useSettingWords } from './use-setting-words';

export interface SettingDraft extends SettingFields {
  readonly dirty: boolean;
  readonly saving: boolean;
  /** what the gateway said no to as a whole */
  readonly error: Error | null;
  readonly undo: () => void;
  /** Resolves to whether everything is saved. */
  readonly save: () => Promise<boolean>;
}

interface DraftOptions {
  readonly settings: SettingValues;
  readonly defaults: SettingValues;
  /** Nothing needs to be saved for the setting to have this value; null: the default. */
  readonly isKept: (name: SettingName, value: SettingValue) => boolean;
  readonly saving: { readonly isPending: boolean; readonly error: Error | null; readonly reset: () => void };
  readonly send: (values: Record<string, SettingValue>) => Promise<unknown>;
}

const isSecret = (name: string) => (secretSettingNames as readonly string[]).includes(name);

/** Settings while somebody changes them: checked by the contract's own rules, saved together. */
export function useSettingDraft(options: DraftOptions): SettingDraft {
  const { settings, defaults, isKept, saving, send } = options;
  const wrong = useSettingWords();
  const [draft, setDraft] = useState<SettingValues>({});
  const refused = saving.error instanceof CallError ? saving.error.fields : {};
  const current = (name: SettingName): SettingValue => (name in draft ? draft[name] : settings[name]) ?? null;

  // An emptied field goes back to its default; what was never touched is not sent at all.
  const changes = (Object.entries(draft) as [SettingName, SettingValue][])
    .map(([name, value]): [SettingName, SettingValue] => [name, value === '' ? null : value])
    .filter(([name, value]) => (isSecret(name) ? value !== null : !isKept(name, value)));

  const ownProblem = (name: SettingName): string | undefined => {
    const value = draft[name];
    if (value === undefined || value === null || value === '') return undefined;
    return settingSchemas[name].safeParse(value).success ? undefined : wrong(name);
  };

  return {
    defaults,
    dirty: changes.length > 0,
    saving: saving.isPending,
    error: saving.error && Object.keys(refused).length === 0 ? saving.error : null,
    text: (name) => String(current(name) ?? ''),
    flag: (name) => (current(name) ?? defaults[name]) === true,
    number(name) {
      const value = current(name);
      return value === null || value === '' ? Number.NaN : Number(value);
    },
    set(name, value) {
      setDraft((before) => ({ ...before, [name]: value }));
      if (saving.error) saving.reset();
    },
    problem: (name) => ownProblem(name) ?? refused[name],
    undo() {
      setDraft({});
      saving.reset();
    },
    async save() {
      if (changes.some(([name]) => ownProblem(name) !== undefined)) return false;
      if (changes.length === 0) return true;
      try {
        await send(Object.fromEntries(changes));
        setDraft({});
        return true;
      } catch {
        // Shown by `problem` and `error`.
        return false;
      }
    },
  };
}
