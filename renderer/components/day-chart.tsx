import { BarChart } from '@mantine/charts';
import '@mantine/charts/styles.css';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../main/contracts/console/overview-calls';
import { useFormats } from '../use-formats';

/** Bars of each hour; the numbers are in the table beside it. */
export default function DayChart(props: { readonly hours: Overview['hours']; readonly height: number }) {
  const { hours, height } = props;
  const { t } = useTranslation(['overview', 'shell']);
  const format = useFormats();
  const data = useMemo(
    () => hours.map(({ hour, sent, failed }) => ({ hour: format.hour(hour), ...sent, failed })),
    [hours, format],
  );
  return (
    <BarChart
      h={height}
      data={data}
      dataKey="hour"
      type="stacked"
      withLegend
      legendProps={{ verticalAlign: 'bottom', height: 36, itemSorter: null }}
      series={[
        { name: 'email', label: t('shell:channel.email'), color: 'var(--chart-email)' },
        { name: 'whatsapp', label: t('shell:channel.whatsapp'), color: 'var(--chart-whatsapp)' },
        { name: 'webhook', label: t('shell:channel.webhook'), color: 'var(--chart-webhook)' },
        { name: 'failed', label: t('overview:day.failed'), color: 'var(--chart-failed)' },
      ]}
      gridAxis="x"
      tickLine="none"
      valueFormatter={(value) => format.number(value)}
      xAxisProps={{ interval: 2 }}
      yAxisProps={{ width: 44, allowDecimals: false }}
      barProps={{ isAnimationActive: false, maxBarSize: 22 }}
      barChartProps={{ accessibilityLayer: false, margin: { top: 12 } }}
    />
  );
}
