import { Badge, Group, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Section } from '../../components/section';
import { useFormats } from '../../use-formats';
import { useCall } from '../../use-gateway';

/** The gateways that share one database. One that is alone shows nothing. */
export function GatewaysSection() {
  const { t } = useTranslation('settings');
  const formats = useFormats();
  const gateways = useCall('gateway.all', {}, { refetchIntervalMs: 10_000 }).data?.gateways ?? [];
  if (gateways.length < 2) return null;
  return (
    <Section title={t('gateways.title')} hint={t('gateways.hint')}>
      <Table.ScrollContainer minWidth={460}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('gateways.host')}</Table.Th>
              <Table.Th>{t('gateways.version')}</Table.Th>
              <Table.Th>{t('gateways.since')}</Table.Th>
              <Table.Th ta="right">{t('gateways.sessions')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {gateways.map((gateway, at) => (
              <Table.Tr key={`${gateway.startedAt} ${at}`}>
                <Table.Td>
                  <Group gap="xs">
                    <Text size="sm" className="long-text">
                      {gateway.host ?? t('gateways.older')}
                    </Text>
                    {gateway.isThisOne && <Badge variant="light">{t('gateways.thisOne')}</Badge>}
                    {gateway.leads && (
                      <Badge variant="default" title={t('gateways.leadsHint')}>
                        {t('gateways.leads')}
                      </Badge>
                    )}
                  </Group>
                </Table.Td>
                <Table.Td>{gateway.version ?? '–'}</Table.Td>
                <Table.Td>{gateway.startedAt === null ? '–' : formats.dateTime(gateway.startedAt)}</Table.Td>
                <Table.Td ta="right">{formats.number(gateway.sessions)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Section>
  );
}
