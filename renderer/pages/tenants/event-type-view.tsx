import { Badge, Button, Code, Group, ScrollArea, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { ListedEventType } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { tell } from '../../components/tell';
import { useAction } from '../../use-gateway';
import { AskDialog } from './ask-dialog';
import { tenantPath } from './tenant-path';

/** One event type to read; an own one can be edited and removed from here. */
export function EventTypeView(props: {
  readonly customerId: string;
  readonly eventType: ListedEventType;
  readonly onBack: () => void;
  readonly onEdit: () => void;
}) {
  const { t } = useTranslation('tenants');
  const navigate = useNavigate();
  const { customerId, eventType } = props;
  const [removing, setRemoving] = useState(false);
  const sample = JSON.stringify(eventType.sample, null, 2);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <div>
          <BackToTypes onBack={props.onBack} />
          <Group gap="xs" mt="xs">
            <Title order={2} size="h3" className="long-text">
              {eventType.title}
            </Title>
            <Badge variant="light" color={eventType.builtIn ? 'gray' : undefined} tt="none">
              {eventType.builtIn ? t('types.builtIn') : t('types.own')}
            </Badge>
          </Group>
          <Text ff="monospace" size="sm" c="dimmed" className="long-text">
            {eventType.type}
          </Text>
          <Text mt={4} className="long-text">
            {eventType.description}
          </Text>
        </div>
        <Group gap="xs" style={{ flexShrink: 0 }}>
          {eventType.audiences.length > 0 && (
            <Button
              variant="default"
              onClick={() => void navigate(tenantPath(customerId, 'templates', { type: eventType.type }))}
            >
              {t('types.toTemplates')}
            </Button>
          )}
          {!eventType.builtIn && (
            <>
              <Button onClick={props.onEdit}>{t('types.edit')}</Button>
              <Button variant="outline" color="red" onClick={() => setRemoving(true)}>
                {t('types.remove')}
              </Button>
            </>
          )}
        </Group>
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: 'start' }}>
        <Section title={t('types.fields')}>
          <FieldTable eventType={eventType} />
        </Section>
        <Stack gap="md">
          <Section title={t('types.audiences')}>
            <Audiences eventType={eventType} />
          </Section>
          <Section title={t('types.sample')}>
            <ScrollArea.Autosize mah={360} type="auto">
              <Code block tabIndex={0} aria-label={t('types.sample')}>
                {sample}
              </Code>
            </ScrollArea.Autosize>
          </Section>
        </Stack>
      </SimpleGrid>
      <RemoveDialog
        customerId={customerId}
        type={eventType.type}
        opened={removing}
        onClose={() => setRemoving(false)}
        onRemoved={props.onBack}
      />
    </Stack>
  );
}

export function BackToTypes({ onBack }: { readonly onBack: () => void }) {
  const { t } = useTranslation('tenants');
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-sm"
      px={0}
      leftSection={<IconArrowLeft size={16} aria-hidden />}
      onClick={onBack}
    >
      {t('types.back')}
    </Button>
  );
}

function FieldTable({ eventType }: { readonly eventType: ListedEventType }) {
  const { t } = useTranslation('tenants');
  const required = Object.entries(eventType.required).map((entry) => [...entry, true] as const);
  const optional = Object.entries(eventType.optional).map((entry) => [...entry, false] as const);
  return (
    <Table aria-label={t('types.fields')} verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('types.field')}</Table.Th>
          <Table.Th>{t('types.kind')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {[...required, ...optional].map(([name, kind, isRequired]) => (
          <Table.Tr key={name}>
            <Table.Td ff="monospace" fz="sm" className="long-text">
              {name}
            </Table.Td>
            <Table.Td fz="sm">
              {t(`types.kinds.${kind}`)}
              {isRequired && (
                <Text size="xs" c="dimmed">
                  {t('types.mustBe')}
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Audiences({ eventType }: { readonly eventType: ListedEventType }) {
  const { t } = useTranslation(['tenants', 'shell']);
  if (eventType.audiences.length === 0) return <Text>{t('types.tellsNobody')}</Text>;
  return (
    <Stack gap="xs">
      {eventType.audiences.map((audience) => (
        <div key={audience.name}>
          <Text fw={500}>{audience.name}</Text>
          {audience.email_field !== undefined && (
            <Text size="sm" c="dimmed" className="long-text">
              {t('shell:channel.email')}: {audience.email_field}
            </Text>
          )}
          {audience.phone_field !== undefined && (
            <Text size="sm" c="dimmed" className="long-text">
              {t('shell:channel.whatsapp')}: {audience.phone_field}
            </Text>
          )}
        </div>
      ))}
    </Stack>
  );
}

function RemoveDialog(props: {
  readonly customerId: string;
  readonly type: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}) {
  const { t } = useTranslation('tenants');
  const { customerId, type } = props;
  const remove = useAction('eventTypes.remove', ['eventTypes.list']);
  return (
    <AskDialog
      opened={props.opened}
      title={t('types.removeTitle')}
      confirm={t('types.remove')}
      busy={remove.isPending}
      onConfirm={() =>
        remove.mutate(
          { customerId, eventType: type },
          {
            onSuccess: () => {
              tell(t('types.removed', { type }));
              props.onRemoved();
            },
          },
        )
      }
      onClose={() => {
        remove.reset();
        props.onClose();
      }}
    >
      <Text className="long-text">{t('types.removeText', { type })}</Text>
      <ErrorNote error={remove.error} />
    </AskDialog>
  );
}
