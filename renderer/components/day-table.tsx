import { ScrollArea, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../main/contracts/console/overview-calls';
import { useFormats } from '../use-formats';

const channels = ['email', 'whatsapp', 'webhook'] as const;

/** The same numbers as the chart's, the newest hour first. */
export function DayTable({ hours }: { readonly hours: Overview['hours'] }) {
  const { t } = useTranslation(['overview', 'shell']);
  const format = useFormats();
  return (
    <ScrollArea h={320} tabIndex={0} viewportProps={{ tabIndex: 0, 'aria-label': t('overview:day.title') }}>
      <Table stickyHeader className="numbers" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('overview:day.hour')}</Table.Th>
            {channels.map((channel) => (
              <Table.Th scope="col" ta="right" key={channel}>
                {t(`shell:channel.${channel}`)}
              </Table.Th>
            ))}
            <Table.Th scope="col" ta="right">
              {t('overview:day.failed')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {[...hours].reverse().map(({ hour, sent, failed }) => (
            <Table.Tr key={hour}>
              <Table.Th scope="row" fw={400}>
                {format.hour(hour)}
              </Table.Th>
              {channels.map((channel) => (
                <Table.Td ta="right" key={channel}>
                  {format.number(sent[channel])}
                </Table.Td>
              ))}
              <Table.Td ta="right">{format.number(failed)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
