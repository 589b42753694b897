import { Button, Skeleton, Text } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { useCall } from '../../use-gateway';
import { PrivateAddressSetting, RateSettings, RetrySettings } from '../tenants/limit-settings';
import { QuietHours } from '../tenants/quiet-hours';
import { RegionSettings } from '../tenants/region-settings';
import { SaveBar } from '../tenants/save-bar';
import { NewTenantEmail, NewTenantWhatsApp } from './new-tenant-channels';
import { useNewTenantForm } from './use-new-tenant-form';

/** What every tenant that is added later begins with. */
export function NewTenantSection() {
  const { t } = useTranslation(['settings', 'shell']);
  const saved = useCall('newTenants.get', {});
  if (saved.data) return <NewTenantForm view={saved.data} />;
  if (!saved.isError) return <Skeleton h={320} />;
  return <ErrorNote error={saved.error} title={t('shell:error.load')} onRetry={() => void saved.refetch()} />;
}

function NewTenantForm({ view }: { readonly view: CallOutput<'newTenants.get'> }) {
  const { t } = useTranslation('settings');
  const form = useNewTenantForm(view);
  const [isOpen, setOpen] = useState(Object.keys(view.settings).length > 0);
  if (!isOpen) {
    return (
      <Section title={t('section.tenants.title')} hint={t('section.tenants.hint')}>
        <EmptyState
          icon={<IconUserPlus size={28} stroke={1.6} aria-hidden />}
          title={t('newTenants.empty')}
          text={t('newTenants.emptyText')}
          action={<Button onClick={() => setOpen(true)}>{t('newTenants.begin')}</Button>}
        />
      </Section>
    );
  }
  return (
    <>
      <Section title={t('section.tenants.title')} hint={t('section.tenants.hint')}>
        <Text size="sm" maw={680}>
          {t('newTenants.rules')}
        </Text>
      </Section>
      <RegionSettings form={form} />
      <NewTenantEmail form={form} />
      <NewTenantWhatsApp form={form} />
      <QuietHours form={form} />
      <RateSettings form={form} />
      <RetrySettings form={form} />
      <PrivateAddressSetting form={form} />
      <ErrorNote error={form.error} />
      <SaveBar dirty={form.dirty} saving={form.saving} onUndo={form.undo} onSave={form.save} />
    </>
  );
}
