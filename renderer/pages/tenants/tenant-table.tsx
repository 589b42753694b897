import { Anchor, Badge, Box, Checkbox, Group, Paper, Table, Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { TenantSummary } from '../../../main/contracts/console/tenant-calls';
import { WhatsAppBadge } from '../../components/status-badge';
import { useFormats } from '../../use-formats';
import { useMay } from '../../use-role';
import { ChannelsHealth } from './channel-health';
import type { TenantChoice, TenantOrder } from './list-tenants';
import { tenantPath } from './tenant-path';
import classes from './tenant-table.module.css';

interface TenantTableProps {
  readonly tenants: readonly TenantSummary[];
  readonly choice: TenantChoice;
  readonly onChoice: (part: Partial<TenantChoice>) => void;
  /** the ids of those that are ticked */
  readonly chosen: ReadonlySet<string>;
  readonly onChosen: (chosen: ReadonlySet<string>) => void;
}

/** A line a tenant: what it sends by, what waits, what went wrong. */
export function TenantTable({ tenants, choice, onChoice, chosen, onChosen }: TenantTableProps) {
  const { t } = useTranslation('tenants');
  const ticked = tenants.filter(({ customerId }) => chosen.has(customerId)).length;
  const isAll = ticked === tenants.length;
  const toggle = (customerId: string) => {
    const next = new Set(chosen);
    if (!next.delete(customerId)) next.add(customerId);
    onChosen(next);
  };
  const mayPause = useMay('tenants.setPausedMany');
  const head = (order: TenantOrder) => ({ order, choice, onChoice });
  return (
    <Paper withBorder className={classes['frame']}>
      <Table verticalSpacing="xs" horizontalSpacing="md" highlightOnHover aria-label={t('list.label')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={40} pe={0}>
              {mayPause && (
                <Checkbox
                  size="xs"
                  aria-label={t('list.selectAll')}
                  checked={isAll}
                  indeterminate={ticked > 0 && !isAll}
                  onChange={() => onChosen(new Set(isAll ? [] : tenants.map(({ customerId }) => customerId)))}
                />
              )}
            </Table.Th>
            <SortHead {...head('name')}>{t('list.name')}</SortHead>
            <Table.Th>{t('list.channels')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('list.whatsapp')}</Table.Th>
            <SortHead {...head('waiting')} isNumber>
              {t('list.waiting')}
            </SortHead>
            <SortHead {...head('failed')} isNumber>
              {t('list.failed')}
            </SortHead>
            <SortHead {...head('lastEvent')} visibleFrom="lg">
              {t('list.lastEvent')}
            </SortHead>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tenants.map((tenant) => (
            <TenantRow
              key={tenant.customerId}
              tenant={tenant}
              isChosen={chosen.has(tenant.customerId)}
              mayPause={mayPause}
              onToggle={() => toggle(tenant.customerId)}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

/** The head of a column that the list can be sorted by; pressed again, the other way round. */
function SortHead(props: {
  readonly order: TenantOrder;
  readonly choice: TenantChoice;
  readonly onChoice: TenantTableProps['onChoice'];
  readonly isNumber?: boolean;
  readonly visibleFrom?: 'lg';
  readonly children: string;
}) {
  const { order, choice, onChoice } = props;
  const isCurrent = choice.order === order;
  // Names begin with A, figures with the largest.
  const isRising = (order === 'name') !== choice.isReversed;
  const Icon = isRising ? IconArrowUp : IconArrowDown;
  return (
    <Table.Th
      ta={props.isNumber === true ? 'right' : undefined}
      visibleFrom={props.visibleFrom}
      className={classes['oneLine']}
      aria-sort={isCurrent ? (isRising ? 'ascending' : 'descending') : undefined}
    >
      <UnstyledButton
        fz="sm"
        fw={700}
        onClick={() => onChoice({ order, isReversed: isCurrent ? !choice.isReversed : false })}
      >
        {props.children}
        {isCurrent && <Icon size={14} aria-hidden className={classes['arrow']} />}
      </UnstyledButton>
    </Table.Th>
  );
}

function TenantRow(props: {
  readonly tenant: TenantSummary;
  readonly isChosen: boolean;
  readonly mayPause: boolean;
  readonly onToggle: () => void;
}) {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  const navigate = useNavigate();
  const { tenant, mayPause } = props;
  const path = tenantPath(tenant.customerId);
  return (
    <Table.Tr
      style={{ cursor: 'pointer' }}
      onClick={(event) => {
        // The name is the link; the rest of the line follows it for the mouse.
        if (!(event.target instanceof Element && event.target.closest('a, [data-keep]'))) {
          void navigate(path);
        }
      }}
    >
      <Table.Td pe={0} data-keep onClick={mayPause ? props.onToggle : undefined}>
        {mayPause && (
          <Checkbox
            size="xs"
            aria-label={t('list.select', { name: tenant.name })}
            checked={props.isChosen}
            onChange={props.onToggle}
            onClick={(event) => event.stopPropagation()}
          />
        )}
      </Table.Td>
      <Table.Td>
        <Anchor component={Link} to={path} fw={600} className="long-text" lineClamp={2} c="bright">
          {tenant.name}
        </Anchor>
        <Group gap="xs">
          <Text size="sm" c="dimmed" className="long-text">
            {tenant.customerId}
          </Text>
          {tenant.paused && (
            <Badge variant="light" color="yellow" tt="none" size="sm">
              {t('list.paused')}
            </Badge>
          )}
        </Group>
        {tenant.problem !== null && (
          <Group gap={6} mt={4} wrap="nowrap" align="flex-start" c="var(--mantine-color-error)">
            <IconAlertTriangle size={16} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
            <Text size="sm" title={tenant.problem}>
              {t('list.away')}
            </Text>
          </Group>
        )}
      </Table.Td>
      <Table.Td>
        <ChannelsHealth tenant={tenant} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {tenant.channels.whatsapp ? (
          <Box w="max-content">
            <WhatsAppBadge status={tenant.whatsapp ?? 'disconnected'} />
          </Box>
        ) : (
          <Text size="sm" c="dimmed" aria-hidden>
            –
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formats.number(tenant.waiting)}
      </Table.Td>
      <Table.Td
        ta="right"
        className="numbers"
        fw={tenant.failed > 0 ? 600 : undefined}
        c={tenant.failed > 0 ? 'var(--mantine-color-error)' : undefined}
      >
        {formats.number(tenant.failed)}
      </Table.Td>
      <Table.Td visibleFrom="lg" className={classes['oneLine']}>
        <Text size="sm" c="dimmed">
          {tenant.lastEventAt === null ? t('keys.never') : formats.relative(tenant.lastEventAt)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
