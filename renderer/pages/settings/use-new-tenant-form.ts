import { useQueryClient } from '@tanstack/react-query';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { callKey, useAction } from '../../use-gateway';
import type { SettingValues } from '../tenants/setting-types';
import { useSettingDraft, type SettingDraft } from '../tenants/use-setting-draft';

/** What new tenants begin with while somebody changes it. */
export function useNewTenantForm(view: CallOutput<'newTenants.get'>): SettingDraft {
  const queries = useQueryClient();
  const save = useAction('newTenants.save');
  const settings: SettingValues = view.settings;
  const form = useSettingDraft({
    settings,
    defaults: view.defaults,
    isKept: (name, value) => value === (settings[name] ?? null),
    saving: save,
    async send(values) {
      queries.setQueryData(callKey('newTenants.get', {}), await save.mutateAsync({ values }));
    },
  });
  return {
    ...form,
    // A switch has no third place for "not set": where it stands as built in, it is not.
    set: (name, value) =>
      form.set(name, typeof value === 'boolean' && value === view.defaults[name] ? null : value),
  };
}
