import { Checkbox, Stack } from '@mantine/core';
import { IconProgressCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deliveryStatuses, type DeliveryStatus } from '../../../main/contracts/statuses';
import { FilterButton } from './filter-button';

/** One or several states. */
export function StateFilter(props: {
  readonly states: readonly DeliveryStatus[];
  readonly onChange: (states: DeliveryStatus[] | undefined) => void;
}) {
  const [states, setStates] = useState(props.states);
  const [seen, setSeen] = useState(props.states.join());
  // The address follows in its own time; a box that is ticked is ticked at once.
  if (seen !== props.states.join()) {
    setSeen(props.states.join());
    setStates(props.states);
  }
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const value =
    states.length === 0
      ? t('filter.anyState')
      : states.length <= 2
        ? states.map((state) => shell(`status.${state}`)).join(', ')
        : t('filter.states', { count: states.length });
  return (
    <FilterButton
      label={t('filter.state')}
      value={value}
      isSet={states.length > 0}
      icon={<IconProgressCheck size={16} stroke={1.6} aria-hidden />}
    >
      {() => (
        <Stack gap="xs" role="group" aria-label={t('filter.state')}>
          {deliveryStatuses.map((state) => (
            <Checkbox
              key={state}
              size="sm"
              label={shell(`status.${state}`)}
              checked={states.includes(state)}
              onChange={(event) => {
                const isOn = event.currentTarget.checked;
                const next = deliveryStatuses.filter((one) => (one === state ? isOn : states.includes(one)));
                setStates(next);
                props.onChange(next.length === 0 ? undefined : next);
              }}
            />
          ))}
        </Stack>
      )}
    </FilterButton>
  );
}
