import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation } from 'react-router';
import type { HistoryFilter } from '../../../main/contracts/console/history-calls';
import { callKey, useGateway } from '../../use-gateway';
import { findPlace, forgetPlace, type ListPlace } from './list-places';

/** Rows of one call: three screens of them, so that the first screen does not wait for more than it shows. */
export const pageSize = 100;
/** How long rows are kept for somebody who looks at a delivery and comes back. */
const keptForMs = 30 * 60_000;

/** The rows that fit, page by page as they are scrolled to, and where somebody who comes back was. */
export function useHistoryRows(filter: HistoryFilter) {
  const client = useGateway();
  const queries = useQueryClient();
  const location = useLocation();
  const queryKey = useMemo(() => callKey('history.list', { filter, limit: pageSize }), [filter]);
  const [place, setPlace] = useState<ListPlace | undefined>(() => {
    const found = findPlace(location.key);
    // Who comes again looks at the newest, not at what was scrolled to before.
    if (!found) queries.removeQueries({ queryKey: callKey('history.list') });
    return found;
  });
  const { key: locationKey } = location;
  // It is come back to once.
  useEffect(() => forgetPlace(locationKey), [locationKey]);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => client.call('history.list', { filter, cursor: pageParam, limit: pageSize }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // Changes are pushed and merged by use-live-rows; fetching all pages again would be a storm.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: keptForMs,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.rows) ?? [], [pages]);
  const forgetHere = useCallback(() => setPlace(undefined), []);
  return { query, queryKey, rows, place, forgetHere, missing: pages?.at(-1)?.missing ?? [] };
}
