import { Button, Group, Stack, TextInput } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import {
  findQuickRange,
  firstDay,
  lastDay,
  quickRange,
  quickRanges,
  rangeOfDays,
  type DateRange,
} from './date-ranges';
import { FilterButton } from './filter-button';

function useRangeWords(range: DateRange): string {
  const { t, i18n } = useTranslation('history');
  const locale = i18n.language === 'en' ? 'en-ZA' : i18n.language;
  const day = useMemo(
    () => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }),
    [locale],
  );
  const { from, to } = range;
  if (from === undefined && to === undefined) return t('filter.anyTime');
  const quick = findQuickRange(range);
  if (quick) return t(`filter.${quick}`);
  const first = from === undefined ? '' : day.format(new Date(from));
  const last = to === undefined ? '' : day.format(new Date(Date.parse(to) - 1));
  if (last === '') return t('filter.since', { first });
  if (first === '') return t('filter.until', { last });
  return first === last ? first : t('filter.between', { first, last });
}

/** From one day to another, with the choices that are made every day. */
export function DateFilter(props: {
  readonly range: DateRange;
  readonly onChange: (range: DateRange) => void;
}) {
  const { range, onChange } = props;
  const { t } = useTranslation('history');
  const words = useRangeWords(range);
  const quick = findQuickRange(range);
  const isSet = range.from !== undefined || range.to !== undefined;
  return (
    <FilterButton
      label={t('filter.dates')}
      value={words}
      isSet={isSet}
      icon={<IconCalendar size={16} stroke={1.6} aria-hidden />}
    >
      {(close) => (
        <Stack gap="sm">
          <Group gap="xs" wrap="nowrap">
            {quickRanges.map((name) => (
              <Button
                key={name}
                size="xs"
                variant={quick === name ? 'light' : 'default'}
                aria-pressed={quick === name}
                onClick={() => {
                  onChange(quickRange(name));
                  close();
                }}
              >
                {t(`filter.${name}`)}
              </Button>
            ))}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <TextInput
              type="date"
              label={t('filter.from')}
              value={firstDay(range)}
              onChange={(event) => onChange(rangeOfDays(event.currentTarget.value, lastDay(range)))}
            />
            <TextInput
              type="date"
              label={t('filter.to')}
              value={lastDay(range)}
              onChange={(event) => onChange(rangeOfDays(firstDay(range), event.currentTarget.value))}
            />
          </Group>
          <Button
            size="xs"
            variant="subtle"
            disabled={!isSet}
            onClick={() => {
              onChange({ from: undefined, to: undefined });
              close();
            }}
          >
            {t('filter.anyTime')}
          </Button>
        </Stack>
      )}
    </FilterButton>
  );
}
