import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { secretSettingNames, settingSchemas } from '../../../main/contracts/tenant-settings';
import { CallError } from '../../gateway-client';
import { callKey, useAction } from '../../use-gateway';
import type { SettingName, SettingValue } from './setting-types';
import { useSettingWords } from './use-setting-words';

type Draft = Readonly<Partial<Record<SettingName, SettingValue>>>;

export interface SettingsForm {
  readonly tenant: TenantDetail;
  readonly dirty: boolean;
  readonly saving: boolean;
  /** what the gateway said no to as a whole */
  readonly error: Error | null;
  readonly text: (name: SettingName) => string;
  readonly flag: (name: SettingName) => boolean;
  /** NaN where nothing is filled in */
  readonly number: (name: SettingName) => number;
  readonly set: (name: SettingName, value: SettingValue) => void;
  /** what is wrong with the field, in words */
  readonly problem: (name: SettingName) => string | undefined;
  readonly undo: () => void;
  /** Resolves to whether everything is saved. */
  readonly save: () => Promise<boolean>;
}

const isSecret = (name: string) => (secretSettingNames as readonly string[]).includes(name);

/** An emptied field goes back to its default; what was never touched is not sent at all. */
function changesOf(draft: Draft, tenant: TenantDetail): [SettingName, SettingValue][] {
  return (Object.entries(draft) as [SettingName, SettingValue][])
    .map(([name, value]): [SettingName, SettingValue] => [name, value === '' ? null : value])
    .filter(([name, value]) =>
      isSecret(name)
        ? value !== null
        : value !== tenant.settings[name] && !(value === null && isDefault(tenant, name)),
    );
}

function isDefault({ settings, defaults }: TenantDetail, name: SettingName): boolean {
  return settings[name] === defaults[name];
}

/** A tenant's settings while somebody changes them: checked by the contract's own rules, saved together. */
export function useSettingsForm(tenant: TenantDetail): SettingsForm {
  const queries = useQueryClient();
  const wrong = useSettingWords();
  const save = useAction('tenants.saveSettings', ['tenants.list', 'whatsapp.list']);
  const [draft, setDraft] = useState<Draft>({});
  const refused = save.error instanceof CallError ? save.error.fields : {};
  const changes = changesOf(draft, tenant);
  const current = (name: SettingName): SettingValue => draft[name] ?? tenant.settings[name] ?? null;

  const ownProblem = (name: SettingName): string | undefined => {
    const value = draft[name];
    if (value === undefined || value === null || value === '') return undefined;
    return settingSchemas[name].safeParse(value).success ? undefined : wrong(name);
  };

  return {
    tenant,
    dirty: changes.length > 0,
    saving: save.isPending,
    error: save.error && Object.keys(refused).length === 0 ? save.error : null,
    text: (name) => String(name in draft ? (draft[name] ?? '') : (tenant.settings[name] ?? '')),
    flag: (name) => current(name) === true,
    number(name) {
      const value = name in draft ? draft[name] : tenant.settings[name];
      return value === null || value === '' || value === undefined ? Number.NaN : Number(value);
    },
    set(name, value) {
      setDraft((before) => ({ ...before, [name]: value }));
      if (save.isError) save.reset();
    },
    problem: (name) => ownProblem(name) ?? refused[name],
    undo() {
      setDraft({});
      save.reset();
    },
    async save() {
      if (changes.some(([name]) => ownProblem(name) !== undefined)) return false;
      if (changes.length === 0) return true;
      try {
        const { customerId } = tenant;
        const saved = await save.mutateAsync({ customerId, values: Object.fromEntries(changes) });
        queries.setQueryData(callKey('tenants.get', { customerId }), saved);
        setDraft({});
        return true;
      } catch {
        // Shown by `problem` and `error`.
        return false;
      }
    },
  };
}
