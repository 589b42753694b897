import { Stack } from '@mantine/core';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { PrivateAddressSetting, RateSettings, RetrySettings } from './limit-settings';
import { QuietHours } from './quiet-hours';
import { RegionSettings } from './region-settings';
import { SaveBar } from './save-bar';
import { useSettingsForm } from './use-settings-form';

/** How much, how often, in which language and when. */
export function LimitsTab({ tenant }: { readonly tenant: TenantDetail }) {
  const form = useSettingsForm(tenant);
  return (
    <Stack gap="lg">
      <RateSettings form={form} />
      <RetrySettings form={form} />
      <RegionSettings form={form} />
      <QuietHours form={form} />
      <PrivateAddressSetting form={form} />
      <ErrorNote error={form.error} />
      <SaveBar dirty={form.dirty} saving={form.saving} onUndo={form.undo} onSave={form.save} />
    </Stack>
  );
}
