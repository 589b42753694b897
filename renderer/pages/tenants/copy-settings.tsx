import { Button, Checkbox, Group, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { settingGroups, type SettingGroup } from '../../../main/contracts/setting-groups';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { tell } from '../../components/tell';
import { useAction, useCall } from '../../use-gateway';
import { AskDialog } from './ask-dialog';

/** Takes settings over from another tenant, passwords included; nobody has to type or see them. */
export function CopySettings({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation('tenants');
  const { customerId } = tenant;
  const [from, setFrom] = useState<string | null>(null);
  const [groups, setGroups] = useState<readonly string[]>(['limits', 'region']);
  const [isAsking, setAsking] = useState(false);
  const list = useCall('tenants.list', {});
  const copy = useAction('tenants.copySettings', ['tenants.get', 'tenants.list', 'whatsapp.list']);
  const others = (list.data?.tenants ?? []).filter((one) => one.customerId !== customerId);
  const source = others.find((one) => one.customerId === from);
  if (list.data && others.length === 0) return null;
  return (
    <Section title={t('copy.title')} hint={t('copy.hint')}>
      <Stack gap="md">
        <Select
          label={t('copy.from')}
          placeholder={t('copy.choose')}
          searchable
          maw={480}
          nothingFoundMessage={t('copy.nothing')}
          data={others.map((one) => ({ value: one.customerId, label: `${one.name} (${one.customerId})` }))}
          value={from}
          onChange={(next) => {
            setFrom(next);
            copy.reset();
          }}
        />
        <Checkbox.Group label={t('copy.groups')} value={[...groups]} onChange={setGroups}>
          <Group mt={6}>
            {settingGroups.map((group) => (
              <Checkbox key={group} value={group} label={t(`copy.group.${group}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <Button
          variant="default"
          w="fit-content"
          disabled={!source || groups.length === 0}
          onClick={() => setAsking(true)}
        >
          {t('copy.button')}
        </Button>
      </Stack>
      <AskDialog
        opened={isAsking}
        onClose={() => setAsking(false)}
        title={t('copy.askTitle', { name: source?.name ?? '' })}
        confirm={t('copy.button')}
        busy={copy.isPending}
        onConfirm={() =>
          source &&
          copy.mutate(
            { customerId, from: source.customerId, groups: groups as SettingGroup[] },
            {
              onSuccess: () => {
                setAsking(false);
                tell(t('copy.done', { name: source.name }));
              },
            },
          )
        }
      >
        <Text size="sm">{t('copy.ask', { name: tenant.name })}</Text>
        <ErrorNote error={copy.error} />
      </AskDialog>
    </Section>
  );
}
