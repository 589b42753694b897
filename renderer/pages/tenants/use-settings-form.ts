import { useQueryClient } from '@tanstack/react-query';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { callKey, useAction } from '../../use-gateway';
import { useSettingDraft, type SettingDraft } from './use-setting-draft';

export interface SettingsForm extends SettingDraft {
  readonly tenant: TenantDetail;
}

/** A tenant's settings while somebody changes them. */
export function useSettingsForm(tenant: TenantDetail): SettingsForm {
  const { customerId, settings, defaults } = tenant;
  const queries = useQueryClient();
  const save = useAction('tenants.saveSettings', ['tenants.list', 'whatsapp.list']);
  const draft = useSettingDraft({
    settings,
    defaults,
    isKept: (name, value) =>
      value === settings[name] || (value === null && settings[name] === defaults[name]),
    saving: save,
    async send(values) {
      const saved = await save.mutateAsync({ customerId, values });
      queries.setQueryData(callKey('tenants.get', { customerId }), saved);
    },
  });
  return { ...draft, tenant };
}
