import { Badge, Group, Input, SegmentedControl, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { ListedEventType, TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { useCall } from '../../use-gateway';
import { TemplateEditor } from './template-editor';
import { templateChannels } from './template-types';

/** The texts of a tenant's messages; the address says which: `type`, `audience`, `channel`. */
export function TemplatesTab({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId } = tenant;
  const list = useCall('eventTypes.list', { customerId });
  if (!list.data) {
    return (
      <Stack>
        <ErrorNote title={t('shell:error.load')} error={list.error} onRetry={() => void list.refetch()} />
        {list.isPending && (
          <>
            <Skeleton h={60} />
            <Skeleton h={420} />
          </>
        )}
      </Stack>
    );
  }
  return <ChosenTemplate customerId={customerId} eventTypes={list.data.eventTypes} />;
}

function ChosenTemplate(props: {
  readonly customerId: string;
  readonly eventTypes: readonly ListedEventType[];
}) {
  const { t } = useTranslation(['tenants', 'shell']);
  const [search, setSearch] = useSearchParams();
  const audienceLabel = useId();
  const channelLabel = useId();
  const eventTypes = [...props.eventTypes].sort((a, b) => a.title.localeCompare(b.title));
  const eventType = eventTypes.find(({ type }) => type === search.get('type')) ?? eventTypes[0];
  if (!eventType) return null;
  const { audiences } = eventType;
  const audience = audiences.find(({ name }) => name === search.get('audience')) ?? audiences[0];
  const channel = templateChannels.find((name) => name === search.get('channel')) ?? 'email';
  const choose = (type: string, audienceName?: string, channelName: string = channel) =>
    setSearch({
      tab: 'templates',
      type,
      ...(audienceName === undefined ? {} : { audience: audienceName }),
      channel: channelName,
    });
  const isChanged = eventType.changedTemplates.includes(`${audience?.name ?? ''}/${channel}`);
  const texts = audience?.templates[channel];

  return (
    <Stack>
      <Group align="flex-end" gap="lg">
        <Select
          w={280}
          label={t('templates.type')}
          data={eventTypes.map(({ type, title, changedTemplates }) => ({
            value: type,
            label: changedTemplates.length > 0 ? t('templates.changedType', { title }) : title,
          }))}
          value={eventType.type}
          searchable
          allowDeselect={false}
          onChange={(type) => {
            if (type !== null) choose(type);
          }}
        />
        {audience && (
          <>
            <Stack gap={4}>
              <Input.Label labelElement="div" id={audienceLabel}>
                {t('templates.audience')}
              </Input.Label>
              <SegmentedControl
                aria-labelledby={audienceLabel}
                data={audiences.map(({ name }) => name)}
                value={audience.name}
                onChange={(name) => choose(eventType.type, name)}
              />
            </Stack>
            <Stack gap={4}>
              <Input.Label labelElement="div" id={channelLabel}>
                {t('templates.channel')}
              </Input.Label>
              <SegmentedControl
                aria-labelledby={channelLabel}
                data={templateChannels.map((name) => ({ value: name, label: t(`shell:channel.${name}`) }))}
                value={channel}
                onChange={(name) => choose(eventType.type, audience.name, name)}
              />
            </Stack>
          </>
        )}
        <Badge variant="light" color={isChanged ? 'grape' : 'gray'} tt="none" size="lg" mb={6}>
          {isChanged ? t('templates.changed') : t('templates.original')}
        </Badge>
      </Group>
      {!audience && <Text c="dimmed">{t('templates.noAudience')}</Text>}
      {audience && !texts && <Text c="dimmed">{t('templates.none')}</Text>}
      {audience && texts && (
        <TemplateEditor
          // What is in force is the start of what is written: another one, another editor.
          key={JSON.stringify([eventType.type, audience.name, channel, texts])}
          customerId={props.customerId}
          eventType={eventType}
          audience={audience.name}
          channel={channel}
          inForce={texts}
          isChanged={isChanged}
        />
      )}
    </Stack>
  );
}
