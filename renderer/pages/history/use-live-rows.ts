/// <reference lib="dom" />
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import type { HistoryFilter } from '../../../main/contracts/console/history-calls';
import { callKey, useConnection, useGateway, usePush } from '../../use-gateway';
import {
  applyChanges,
  fitsFilter,
  highestIds,
  mergeHead,
  refreshRows,
  rowKey,
  type HistoryPage,
  type HistoryPages,
} from './live-rows';
import { pageSize } from './use-history-rows';

/** What the list on the screen tells of itself. */
export interface ListView {
  /** new rows may be put in: it stands at its top, and nobody is about to click on a row */
  isCalm(): boolean;
  /** indexes of the first and the last row on the screen */
  visible(): readonly [number, number];
}

export interface NewRows {
  readonly count: number;
  /** there are more than those counted */
  readonly more: boolean;
}

const none: NewRows = { count: 0, more: false };
/** Between two looks at the newest rows, and at those on the screen. */
const mergeEveryMs = 1_000;
const catchUpEveryMs = 2_000;
const countEveryMs = 5_000;

/** Runs at once, and then at most once in so many ms; what is asked meanwhile happens at the end of them. */
function useThrottled(run: () => void, everyMs: number): () => void {
  const latest = useRef(run);
  const timer = useRef<number>(undefined);
  const last = useRef(0);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return useCallback(() => {
    if (timer.current !== undefined) return;
    const waitMs = Math.max(0, last.current + everyMs - performance.now());
    timer.current = window.setTimeout(() => {
      timer.current = undefined;
      last.current = performance.now();
      latest.current();
    }, waitMs);
  }, [everyMs]);
}

/** Keeps the rows true while deliveries pour in: in place, and never moving what somebody reads. */
export function useLiveRows(
  filter: HistoryFilter,
  queryKey: readonly unknown[],
  view: RefObject<ListView | null>,
) {
  const client = useGateway();
  const queries = useQueryClient();
  const connection = useConnection();
  const [newRows, setNewRows] = useState<NewRows>(none);
  const waiting = useRef({ keys: new Set<string>(), more: false });
  const highest = useRef<ReadonlyMap<string, number>>(new Map());

  const read = useCallback(() => queries.getQueryData<HistoryPages>(queryKey), [queries, queryKey]);
  const write = useCallback(
    (change: (pages: HistoryPages) => HistoryPages) =>
      queries.setQueryData<HistoryPages>(queryKey, (pages) => pages && change(pages)),
    [queries, queryKey],
  );
  const forget = useCallback(() => {
    waiting.current = { keys: new Set(), more: false };
    setNewRows(none);
  }, []);

  useEffect(() => {
    highest.current = new Map();
    forget();
  }, [queryKey, forget]);

  const renewCounts = useThrottled(() => {
    void queries.invalidateQueries({ queryKey: callKey('history.count') });
  }, countEveryMs);

  /** Asks for the newest rows. Out of reach: the frame says so, and what is new stays behind its button. */
  const fetchHead = useCallback(
    () => client.call('history.list', { filter, limit: pageSize }).catch(() => undefined),
    [client, filter],
  );

  const take = useCallback(
    (head: HistoryPage) => {
      write((pages) => mergeHead(pages, head));
      highest.current = highestIds(head.rows, highest.current);
      forget();
      renewCounts();
    },
    [forget, renewCounts, write],
  );
  const merge = useCallback(async () => {
    const head = await fetchHead();
    if (head) take(head);
    return head !== undefined;
  }, [fetchHead, take]);

  const showWaiting = useCallback(() => {
    const { keys, more } = waiting.current;
    setNewRows((shown) =>
      shown.count === keys.size && shown.more === more ? shown : { count: keys.size, more },
    );
  }, []);
  // Without a list on the screen nothing can be moved.
  const isCalm = useCallback(() => view.current?.isCalm() ?? true, [view]);
  const mergeSoon = useThrottled(() => {
    if (isCalm()) void merge().then((merged) => merged || showWaiting());
    else showWaiting();
  }, mergeEveryMs);

  const refreshVisible = useCallback(() => {
    const pages = read();
    if (!pages) return;
    const [first, last] = view.current?.visible() ?? [0, 0];
    let start = 0;
    pages.pages.forEach((page, index) => {
      const end = start + page.rows.length;
      const isShown = start <= last && end > first;
      start = end;
      if (!isShown) return;
      void client
        .call('history.list', { filter, cursor: pages.pageParams[index], limit: pageSize })
        .then(({ rows }) => write((current) => refreshRows(current, rows)))
        // Out of reach: asked again when it is back.
        .catch(() => undefined);
    });
  }, [client, filter, read, view, write]);

  /** Looks for what was not told one by one: events that came in, or all that happened while nobody listened. */
  const catchUp = useCallback(async () => {
    const pages = read();
    if (!pages) return;
    refreshVisible();
    const head = await fetchHead();
    if (!head) return;
    const known = new Set(pages.pages.flatMap((page) => page.rows.map(rowKey)));
    const unknown = head.rows.filter((row) => !known.has(rowKey(row)));
    if (unknown.length === 0) return;
    if (isCalm()) {
      take(head);
      return;
    }
    for (const row of unknown) waiting.current.keys.add(rowKey(row));
    waiting.current.more ||= unknown.length === head.rows.length && head.nextCursor !== null;
    showWaiting();
  }, [fetchHead, isCalm, read, refreshVisible, showWaiting, take]);
  const catchUpSoon = useThrottled(() => void catchUp(), catchUpEveryMs);

  usePush('deliveries.changed', ({ changes, more }) => {
    const pages = read();
    if (!pages) return;
    const applied = applyChanges(pages, changes);
    if (applied.pages !== pages) write(() => applied.pages);
    const known = highestIds(pages.pages[0]?.rows ?? [], highest.current);
    const arrived = applied.others.filter(
      (change) =>
        fitsFilter(filter, change) &&
        (filter.status !== undefined || change.id > (known.get(change.customerId) ?? 0)),
    );
    highest.current = highestIds(arrived, known);
    // One that waits already may have changed: it is shown as it is when it is shown.
    for (const change of arrived) waiting.current.keys.add(rowKey(change));
    if (arrived.length > 0) mergeSoon();
    if (more) catchUpSoon();
    if (arrived.length > 0 || more || filter.status !== undefined) renewCounts();
  });

  const isConnected = connection === 'connected';
  useEffect(() => {
    if (isConnected) void catchUp();
  }, [isConnected, catchUp]);

  /** The list stands at its top again: what waits may come in. */
  const lookAgain = useCallback(() => {
    if (waiting.current.keys.size > 0 || waiting.current.more) mergeSoon();
  }, [mergeSoon]);

  return { newRows, showNew: merge, lookAgain };
}
