import { FlexRender, type Row } from '@tanstack/react-table';
import { memo } from 'react';
import { Link } from 'react-router';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { firstStep } from './back-to-list';
import { rowWords, type HistoryColumns, type tableParts } from './history-columns';
import classes from './history-table.module.css';

export interface HistoryRowProps {
  readonly row: Row<typeof tableParts, HistoryRow>;
  /** drawn again with them: the words of another language, the name of a tenant */
  readonly columns: HistoryColumns;
  readonly index: number;
  /** px from the top of the list */
  readonly top: number;
  readonly isTabStop: boolean;
  readonly describe: (row: HistoryRow) => string;
}

export const rowHeight = 48;

/** The table makes new rows around the same data whenever any of it changes: the data decides. */
function isSame(before: HistoryRowProps, now: HistoryRowProps): boolean {
  return (
    before.row.original === now.row.original &&
    before.columns === now.columns &&
    before.index === now.index &&
    before.top === now.top &&
    before.isTabStop === now.isTabStop &&
    before.describe === now.describe
  );
}

/** One delivery; all of it is a link to its page. */
export const HistoryTableRow = memo(function HistoryTableRow(props: HistoryRowProps) {
  const { row, index, top, isTabStop, describe } = props;
  const { customerId, id } = row.original;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`${classes['line']} ${classes['row']}`}
      data-plain={rowWords(row.original) === null || undefined}
      style={{ transform: `translateY(${top}px)` }}
    >
      {row.getAllCells().map((cell, position) => (
        <div key={cell.id} role="gridcell" className={`${classes['cell']} ${classes[cell.column.id]}`}>
          {position === 0 ? (
            <Link
              to={`/history/${encodeURIComponent(customerId)}/${id}`}
              state={firstStep}
              className={classes['link']}
              data-index={index}
              tabIndex={isTabStop ? 0 : -1}
              aria-label={describe(row.original)}
            >
              <FlexRender cell={cell} />
            </Link>
          ) : (
            <FlexRender cell={cell} />
          )}
        </div>
      ))}
    </div>
  );
}, isSame);
