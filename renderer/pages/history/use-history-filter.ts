import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { HistoryFilter } from '../../../main/contracts/console/history-calls';
import { readFilter, writeFilter, type AddressFilter } from './history-address';

export type ChangeFilter = (changes: Partial<HistoryFilter>) => void;

/** The filter that the address holds; a change replaces the address, so that Back leaves the page. */
export function useHistoryFilter(): AddressFilter & {
  readonly change: ChangeFilter;
  readonly clear: () => void;
} {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const read = useMemo(() => readFilter(new URLSearchParams(text)), [text]);
  const change = useCallback<ChangeFilter>(
    (changes) =>
      setSearch((current) => writeFilter({ ...readFilter(current).filter, ...changes }), { replace: true }),
    [setSearch],
  );
  const clear = useCallback(() => setSearch(new URLSearchParams(), { replace: true }), [setSearch]);
  return { ...read, change, clear };
}
