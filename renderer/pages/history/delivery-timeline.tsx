import { Text, Timeline } from '@mantine/core';
import {
  IconAlertTriangle,
  IconBolt,
  IconCheck,
  IconChecks,
  IconClock,
  IconEye,
  IconHandStop,
  IconHelp,
  IconHourglass,
  IconRefresh,
  IconSend,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import { useFormats } from '../../use-formats';
import { useEventWords } from './event-words';
import { Folded } from './folded';
import { listTimeline, type TimelineEntry } from './timeline-entries';
import { useRowTimes } from './use-row-times';

const icons = {
  event: IconBolt,
  planned: IconBolt,
  sent: IconCheck,
  delivered: IconChecks,
  read: IconEye,
  next: IconClock,
  waiting: IconHourglass,
  sending: IconSend,
  held: IconHandStop,
  failed: IconAlertTriangle,
  expired: IconHourglass,
  closed: IconCheck,
  unknown: IconHelp,
} as const;

const colors: Partial<Record<TimelineEntry['kind'], string>> = {
  sent: 'teal',
  delivered: 'teal',
  read: 'teal',
  failed: 'red',
  expired: 'red',
  unknown: 'orange',
  held: 'yellow',
};

function lookOf(entry: TimelineEntry) {
  if (entry.kind !== 'attempt')
    return { Icon: icons[entry.kind], color: colors[entry.kind] ?? 'var(--mantine-color-gray-6)' };
  switch (entry.attempt.outcome) {
    case 'sent':
      return { Icon: IconCheck, color: 'teal' };
    case 'failed':
      return { Icon: IconAlertTriangle, color: 'red' };
    case 'unknown':
      return { Icon: IconHelp, color: 'orange' };
    default:
      return { Icon: IconRefresh, color: 'yellow' };
  }
}

const attemptTexts = {
  sent: 'line.attemptSent',
  retry: 'line.attemptRetry',
  failed: 'line.attemptFailed',
  unknown: 'line.attemptUnknown',
  deferred: 'line.attemptDeferred',
} as const;

function isKnownOutcome(outcome: string): outcome is keyof typeof attemptTexts {
  return Object.hasOwn(attemptTexts, outcome);
}

/** The time now, told again each second while something is still to come. */
function useNow(isTicking: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
}

/** Everything that happened to a delivery, from its event to what it waits for. */
export function DeliveryTimeline({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { t } = useTranslation('history');
  const formats = useFormats();
  const rowTime = useRowTimes();
  const eventWords = useEventWords();
  const now = useNow(delivery.status === 'pending');
  const entries = listTimeline(delivery, now);

  function titleOf(entry: TimelineEntry): string {
    if (entry.kind !== 'attempt') return t(`line.${entry.kind}`);
    const { outcome } = entry.attempt;
    return t(isKnownOutcome(outcome) ? attemptTexts[outcome] : 'line.attempt', { number: entry.number });
  }

  function wordsOf(entry: TimelineEntry): string | null {
    switch (entry.kind) {
      case 'event':
        return t('line.eventWords', { event: eventWords(entry.eventType), id: entry.eventId });
      case 'held':
      case 'failed':
      case 'expired':
      case 'unknown':
        return entry.words;
      default:
        return null;
    }
  }

  function timeOf(entry: TimelineEntry): string | null {
    if (entry.at === null) return null;
    const seconds = formats.time(entry.at);
    const [day] = rowTime(entry.at).split(', ');
    if (entry.kind === 'next') return `${day}, ${seconds} · ${formats.relative(entry.at, now)}`;
    if (entry.kind !== 'attempt') return `${day}, ${seconds}`;
    return `${day}, ${seconds} · ${t('line.took', { duration: formats.duration(entry.attempt.durationMs) })}`;
  }

  return (
    <Timeline bulletSize={26} lineWidth={2} role="list" active={entries.length}>
      {entries.map((entry, index) => {
        const { Icon, color } = lookOf(entry);
        const words = wordsOf(entry);
        const time = timeOf(entry);
        return (
          <Timeline.Item
            key={`${entry.kind}-${index}`}
            role="listitem"
            color={color}
            bullet={<Icon size={15} stroke={2} aria-hidden />}
            title={
              <Text size="sm" fw={600}>
                {titleOf(entry)}
              </Text>
            }
          >
            {time !== null && (
              <Text size="xs" c="dimmed" className="numbers">
                {time}
              </Text>
            )}
            {words !== null && (
              <Text size="sm" mt={4} className="long-text">
                {words}
              </Text>
            )}
            {entry.kind === 'attempt' && entry.attempt.response !== null && entry.attempt.response !== '' && (
              <Folded label={t('line.raw')} text={entry.attempt.response} code={entry.attempt.errorCode} />
            )}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}
