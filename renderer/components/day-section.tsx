import { Button, Skeleton, Text } from '@mantine/core';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../main/contracts/console/overview-calls';
import { useFormats } from '../use-formats';
import { DayTable } from './day-table';
import { Section } from './section';

// The chart library is as large as everything else together.
const DayChart = lazy(() => import('./day-chart'));

export const chartHeight = 240;

/** The last 24 hours, as a chart or as a table of the same numbers. */
export function DaySection({ hours }: { readonly hours: Overview['hours'] }) {
  const { t } = useTranslation('overview');
  const format = useFormats();
  const [isTable, setIsTable] = useState(false);
  const sent = hours.reduce((sum, { sent: s }) => sum + s.email + s.whatsapp + s.webhook, 0);
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0);
  const Icon = isTable ? IconChartBar : IconTable;
  return (
    <Section
      title={t('day.title')}
      actions={
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<Icon size={16} stroke={1.7} aria-hidden />}
          onClick={() => setIsTable(!isTable)}
        >
          {t(isTable ? 'day.asChart' : 'day.asTable')}
        </Button>
      }
    >
      {sent + failed === 0 ? (
        <Text c="dimmed" ta="center" py={64}>
          {t('day.empty')}
        </Text>
      ) : isTable ? (
        <DayTable hours={hours} />
      ) : (
        <Suspense fallback={<Skeleton h={chartHeight} />}>
          <div
            role="img"
            aria-label={t('day.summary', { sent: format.number(sent), failed: format.number(failed) })}
          >
            <DayChart hours={hours} height={chartHeight} />
          </div>
        </Suspense>
      )}
    </Section>
  );
}
