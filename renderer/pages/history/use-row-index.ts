import { useMemo } from 'react';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { rowKey } from './live-rows';

/** Where the row with this key stands now; the first one when it is not there. */
export function useRowIndex(rows: readonly HistoryRow[], key: string | undefined): number {
  return useMemo(
    () =>
      key === undefined
        ? 0
        : Math.max(
            0,
            rows.findIndex((row) => rowKey(row) === key),
          ),
    [rows, key],
  );
}
