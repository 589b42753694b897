import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { CopyField } from '../../components/copy-field';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { tell } from '../../components/tell';
import { CallError } from '../../gateway-client';
import { useFormats } from '../../use-formats';
import { useAction } from '../../use-gateway';
import { CopySettings } from './copy-settings';
import { RemoveTenantDialog } from './remove-tenant-dialog';
import { UnsavedGuard } from './unsaved-guard';

const renewed = ['tenants.get', 'tenants.list', 'whatsapp.list', 'overview.get'] as const;

/** Its name, whether it sends, where its data is, and the way out. */
export function GeneralTab({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  const [removing, setRemoving] = useState(false);
  return (
    <Stack gap="lg">
      <NameSection tenant={tenant} />
      <PauseSection tenant={tenant} />
      <CopySettings tenant={tenant} />
      <Section title={t('general.database')}>
        <CopyField
          label={t('general.databaseLabel')}
          hint={t('general.databaseHint')}
          value={tenant.databaseUrl}
          copyLabel={t('general.copyDatabase')}
        />
        <Text size="sm" c="dimmed">
          {t('general.created')}: {formats.dateTime(tenant.createdAt)}
        </Text>
      </Section>
      <Section title={t('general.danger')} hint={t('general.dangerText')}>
        <Button variant="outline" color="red" w="fit-content" onClick={() => setRemoving(true)}>
          {t('general.remove')}
        </Button>
      </Section>
      <RemoveTenantDialog tenant={tenant} opened={removing} onClose={() => setRemoving(false)} />
    </Stack>
  );
}

function NameSection({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation('tenants');
  const { customerId } = tenant;
  const [name, setName] = useState(tenant.name);
  const rename = useAction('tenants.rename', renewed);
  const isDirty = name.trim() !== tenant.name && !rename.isSuccess;
  const refused = rename.error instanceof CallError ? rename.error.fields['name'] : undefined;
  return (
    <Section title={t('general.name')} hint={t('general.nameHint')}>
      <UnsavedGuard dirty={isDirty && !rename.isPending} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          rename.mutate({ customerId, name: name.trim() }, { onSuccess: () => tell(t('general.renamed')) });
        }}
      >
        <Group align="flex-end">
          <TextInput
            flex={1}
            maw={480}
            aria-label={t('general.name')}
            value={name}
            maxLength={200}
            error={refused}
            onChange={(event) => {
              setName(event.currentTarget.value);
              rename.reset();
            }}
          />
          <Button type="submit" loading={rename.isPending} disabled={!isDirty || name.trim() === ''}>
            {t('general.rename')}
          </Button>
        </Group>
      </form>
      {refused === undefined && <ErrorNote error={rename.error} />}
      <Text size="sm" c="dimmed">
        {t('general.id')}: {customerId}
      </Text>
    </Section>
  );
}

function PauseSection({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation('tenants');
  const { customerId, name, paused } = tenant;
  const setPaused = useAction('tenants.setPaused', renewed);
  return (
    <Section title={t('general.pauseTitle')}>
      <Group justify="space-between">
        <Text>{paused ? t('general.pausedText') : t('general.running')}</Text>
        <Button
          variant={paused ? 'filled' : 'default'}
          style={{ flexShrink: 0 }}
          loading={setPaused.isPending}
          onClick={() =>
            setPaused.mutate(
              { customerId, paused: !paused },
              {
                onSuccess: () => tell(t(paused ? 'general.resumedDone' : 'general.pausedDone', { name })),
              },
            )
          }
        >
          {paused ? t('resume') : t('general.pause')}
        </Button>
      </Group>
      <ErrorNote error={setPaused.error} />
    </Section>
  );
}
