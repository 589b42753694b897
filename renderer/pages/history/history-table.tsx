/// <reference lib="dom" />
import { Button, Checkbox, Skeleton } from '@mantine/core';
import { IconArrowUp } from '@tabler/icons-react';
import { useTable } from '@tanstack/react-table';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type RefObject,
} from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { useMay } from '../../use-role';
import { groupByEvent, type ListLine } from './event-groups';
import { useEventWords } from './event-words';
import { rowWords, tableParts, useHistoryColumns } from './history-columns';
import { HistoryTableRow, rowHeight } from './history-row';
import classes from './history-table.module.css';
import { keepPlace, type ListPlace } from './list-places';
import { rowKey } from './live-rows';
import type { ListView, NewRows } from './use-live-rows';
import { useRowIndex } from './use-row-index';
import { useRowTimes } from './use-row-times';

const headHeight = 40;
/** Rows that stand for those still being fetched. */
const placeholders = 4;
/** The next page is fetched when so few rows are left below. */
const fetchAhead = 40;
/** Whoever moved the pointer over the rows so recently may be about to click on one. */
const pointingMs = 3_000;

const indexOf = (element: Element | null): number =>
  Number(element?.closest('[data-index]')?.getAttribute('data-index') ?? Number.NaN);

/** The list: only what is on the screen is drawn, however many rows there are. */
export function HistoryTable(props: {
  readonly rows: HistoryRow[];
  /** of the filter; undefined: not known yet, or too many to count */
  readonly total: number | undefined;
  readonly hasMore: boolean;
  readonly isFetching: boolean;
  readonly fetchMore: () => void;
  /** to begin at; taken once */
  readonly place: ListPlace | undefined;
  readonly onPlaced: () => void;
  readonly view: RefObject<ListView | null>;
  readonly newRows: NewRows;
  readonly showNew: () => Promise<boolean>;
  /** the list stands at its top again */
  readonly onTop: () => void;
  readonly tenantName: (customerId: string) => string;
  /** of rows, by their keys */
  readonly chosen: ReadonlySet<string>;
  readonly choose: (rows: readonly HistoryRow[], isChosen: boolean) => void;
  /** the messages of one event are one line */
  readonly isGrouped: boolean;
}) {
  const {
    rows: messages,
    chosen,
    choose,
    isGrouped,
    place,
    hasMore,
    isFetching,
    fetchMore,
    newRows,
    onTop,
    onPlaced,
  } = props;
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const rowTime = useRowTimes();
  const eventWords = useEventWords();
  const location = useLocation();
  const columns = useHistoryColumns(props.tenantName);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback(
    (key: string) =>
      setOpened(
        (before) => new Set(before.has(key) ? [...before].filter((one) => one !== key) : [...before, key]),
      ),
    [],
  );
  const lines = useMemo<ListLine[]>(
    () => (isGrouped ? groupByEvent(messages, opened) : messages.map((row) => ({ row, isMember: false }))),
    [isGrouped, messages, opened],
  );
  const rows = useMemo(() => lines.map(({ row }) => row), [lines]);
  const hasWords = useMemo(() => rows.some((row) => rowWords(row) !== null), [rows]);
  const mayChoose = useMay('history.retryChosen');
  const chosenHere = messages.filter((row) => chosen.has(rowKey(row))).length;
  const table = useTable({ features: tableParts, columns, data: rows, getRowId: rowKey });
  const tableRows = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  const pointedAt = useRef(Number.NEGATIVE_INFINITY);
  const [activeKey, setActiveKey] = useState(place?.activeKey);
  const activeIndex = useRowIndex(rows, activeKey);

  const virtualizer = useVirtualizer({
    count: tableRows.length + (hasMore ? placeholders : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialOffset: place?.offset ?? 0,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    overscan: 8,
    // React gathers what a frame brings; drawing within each scroll event would do it several times.
    useFlushSync: false,
    // The row that has the focus stays drawn, so that the focus is not lost by scrolling.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])].sort((one, other) => one - other),
  });
  const items = virtualizer.getVirtualItems();

  useImperativeHandle(props.view, () => ({
    isCalm: () =>
      (scroller.current?.scrollTop ?? 0) < rowHeight / 2 &&
      performance.now() - pointedAt.current > pointingMs &&
      !(scroller.current?.contains(document.activeElement) ?? false),
    visible: () => [virtualizer.range?.startIndex ?? 0, virtualizer.range?.endIndex ?? 0],
  }));

  const lastShown = virtualizer.range?.endIndex ?? 0;
  useEffect(() => {
    if (hasMore && !isFetching && lastShown >= tableRows.length - fetchAhead) fetchMore();
  }, [hasMore, isFetching, lastShown, tableRows.length, fetchMore]);

  // Where somebody is, for when they come back to this entry of the browser's history.
  const whereabouts = useRef({ location: location.key, activeKey });
  useEffect(() => {
    whereabouts.current = { location: location.key, activeKey };
  });
  const keepHere = useCallback((key: string | undefined) => {
    const { location: locationKey, activeKey: active } = whereabouts.current;
    keepPlace(locationKey, { offset: scroller.current?.scrollTop ?? 0, activeKey: key ?? active });
  }, []);
  // Before the list is taken off the page: afterwards it stands at 0.
  useLayoutEffect(
    () => () => {
      // Entries that the router did not make share one key: only what is opened from there is come back to.
      if (whereabouts.current.location !== 'default') keepHere(undefined);
    },
    [keepHere],
  );

  useEffect(onPlaced, [onPlaced]);

  const focusRow = useCallback((index: number) => {
    const link = scroller.current?.querySelector<HTMLElement>(`a[data-index="${index}"]`);
    link?.focus({ preventScroll: true });
    return link != null;
  }, []);
  const wanted = useRef(place?.activeKey === undefined ? undefined : activeIndex);
  useEffect(() => {
    if (wanted.current === undefined) return;
    // Not drawn yet: with the next drawing.
    if (focusRow(wanted.current)) wanted.current = undefined;
  });

  function onKeyDown(event: React.KeyboardEvent): void {
    const from = indexOf(event.target as Element);
    const page = Math.max(
      1,
      Math.floor(((scroller.current?.clientHeight ?? 0) - headHeight) / rowHeight) - 1,
    );
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const step = steps[event.key];
    if (step === undefined || Number.isNaN(from)) return;
    event.preventDefault();
    const to = Math.min(rows.length - 1, Math.max(0, from + step));
    const row = rows[to];
    if (!row) return;
    wanted.current = to;
    setActiveKey(rowKey(row));
    virtualizer.scrollToIndex(to, { align: 'auto' });
  }

  const describe = useCallback(
    (row: HistoryRow) =>
      t('row.label', {
        event: eventWords(row.eventType),
        channel: shell(`channel.${row.channel}`),
        recipient: row.recipient,
        status: shell(`status.${row.status}`),
        when: rowTime(row.createdAt),
      }) + (row.subject === null ? '' : `: ${row.subject}`),
    [t, shell, eventWords, rowTime],
  );

  return (
    <div className={classes['frame']}>
      {(newRows.count > 0 || newRows.more) && (
        <Button
          size="compact-md"
          radius="xl"
          className={classes['pill']}
          leftSection={<IconArrowUp size={16} aria-hidden />}
          onClick={() => {
            scroller.current?.scrollTo({ top: 0 });
            void props.showNew();
          }}
        >
          {t(newRows.more ? 'newMore' : 'new', { count: newRows.count })}
        </Button>
      )}
      <div
        ref={scroller}
        className={classes['scroller']}
        data-words={hasWords || undefined}
        role="grid"
        aria-label={t('title')}
        aria-rowcount={props.total === undefined ? -1 : props.total + 1}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const row = rows[indexOf(event.target as Element)];
          if (row) keepHere(rowKey(row));
        }}
        onPointerMove={() => {
          pointedAt.current = performance.now();
        }}
        onFocus={(event) => {
          const row = rows[indexOf(event.target)];
          if (row) setActiveKey(rowKey(row));
        }}
        onScroll={(event) => {
          if (event.currentTarget.scrollTop === 0) onTop();
        }}
      >
        <div role="rowgroup" className={classes['headGroup']}>
          <div role="row" aria-rowindex={1} className={`${classes['line']} ${classes['head']}`}>
            <div role="columnheader" className={classes['choice']}>
              {mayChoose && (
                <Checkbox
                  size="xs"
                  aria-label={t('chosen.all')}
                  checked={chosenHere > 0 && chosenHere === messages.length}
                  indeterminate={chosenHere > 0 && chosenHere < messages.length}
                  onChange={(event) => choose(messages, event.currentTarget.checked)}
                />
              )}
            </div>
            {table.getHeaderGroups()[0]?.headers.map((header) => (
              <div key={header.id} role="columnheader" className={classes[header.column.id]}>
                <table.FlexRender header={header} />
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes['rows']} style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = tableRows[item.index];
            const line = lines[item.index];
            const top = item.start - headHeight;
            if (!row || !line) {
              return (
                <div
                  key={`waiting-${item.index}`}
                  aria-hidden
                  className={`${classes['line']} ${classes['row']}`}
                  style={{ transform: `translateY(${top}px)` }}
                >
                  <span />
                  <Skeleton height={12} width="70%" />
                  <Skeleton height={12} width="60%" />
                  <Skeleton height={12} width="60%" />
                  <Skeleton height={12} circle />
                  <Skeleton height={12} width="80%" />
                  <Skeleton height={18} radius="xl" />
                </div>
              );
            }
            return (
              <HistoryTableRow
                key={row.id}
                row={row}
                columns={columns}
                index={item.index}
                top={top}
                isTabStop={item.index === activeIndex}
                describe={describe}
                line={line}
                mayChoose={mayChoose}
                isChosen={(line.group?.rows ?? [line.row]).every((one) => chosen.has(rowKey(one)))}
                choose={choose}
                toggle={toggle}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
