import { Button, Code, Text, UnstyledButton } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '../../../main/contracts/console/gateway-calls';
import { useFormats } from '../../use-formats';

const rowHeight = 30;
/** As near to the end counts as being there. */
const nearEnd = 40;

/** The lines, the newest last; follows the end as long as that is in sight. */
export function LogList({ lines }: { readonly lines: readonly LogLine[] }) {
  const { t } = useTranslation('logs');
  const scroller = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(lines[index]),
    overscan: 20,
  });
  useEffect(() => {
    if (follows && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [follows, lines, virtualizer]);

  function toggle(key: string) {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
    setFollows(false);
  }
  return (
    <div className="log-frame">
      <div
        ref={scroller}
        className="log-scroller"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('list')}
        onScroll={({ currentTarget: box }) =>
          setFollows(box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd)
        }
      >
        <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          {virtualizer.getVirtualItems().map((item) => {
            const line = lines[item.index];
            if (!line) return null;
            const key = keyOf(line);
            return (
              <div
                key={key}
                data-index={item.index}
                ref={virtualizer.measureElement}
                className="log-row"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Row line={line} isOpen={open.has(key)} onToggle={() => toggle(key)} />
              </div>
            );
          })}
        </div>
      </div>
      {!follows && (
        <Button
          className="log-newest"
          size="xs"
          radius="xl"
          leftSection={<IconArrowDown size={14} aria-hidden />}
          onClick={() => setFollows(true)}
        >
          {t('newest')}
        </Button>
      )}
    </div>
  );
}

const keyOf = (line: LogLine | undefined) => (line ? `${line.at} ${line.seq}` : '');

interface RowProps {
  readonly line: LogLine;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Row({ line, isOpen, onToggle }: RowProps) {
  const { t } = useTranslation('logs');
  const format = useFormats();
  const { at, level, event, message, fields } = line;
  const entries = Object.entries(fields);
  const details = event === null ? entries : [['event', event] as const, ...entries];
  return (
    <>
      <UnstyledButton
        className="log-line"
        data-level={level}
        onClick={onToggle}
        disabled={details.length === 0}
        aria-expanded={details.length === 0 ? undefined : isOpen}
      >
        <span className="numbers log-time">{format.time(at)}</span>
        <span className="log-level">{t(`level.${level}`)}</span>
        <span className="log-message">
          {message}
          {!isOpen && entries.length > 0 && (
            <Text span inherit c="dimmed">
              {`  ${entries.map(([name, value]) => `${name}=${toText(value)}`).join('  ')}`}
            </Text>
          )}
        </span>
      </UnstyledButton>
      {isOpen && (
        <Code block className="log-fields">
          {details.map(([name, value]) => `${name}: ${toText(value)}`).join('\n')}
        </Code>
      )}
    </>
  );
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
