import { Stack } from '@mantine/core';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { EmailChannel } from './email-channel';
import { SaveBar } from './save-bar';
import { useSettingsForm } from './use-settings-form';
import { WebhookChannel } from './webhook-channel';
import { WhatsAppChannel } from './whatsapp-channel';

/** By what a tenant's messages leave, each with a test. */
export function ChannelsTab({ tenant }: { readonly tenant: TenantDetail }) {
  const form = useSettingsForm(tenant);
  return (
    <Stack gap="lg">
      <EmailChannel form={form} />
      <WhatsAppChannel form={form} />
      <WebhookChannel form={form} />
      <ErrorNote error={form.error} />
      <SaveBar dirty={form.dirty} saving={form.saving} onUndo={form.undo} onSave={form.save} />
    </Stack>
  );
}
