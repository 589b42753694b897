import { ActionIcon, Badge, Checkbox } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { FlexRender, type Row } from '@tanstack/react-table';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { firstStep } from './back-to-list';
import type { ListLine } from './event-groups';
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
  readonly line: ListLine;
  readonly isChosen: boolean;
  readonly mayChoose: boolean;
  readonly choose: (rows: readonly HistoryRow[], isChosen: boolean) => void;
  readonly toggle: (groupKey: string) => void;
}

export const rowHeight = 40;

/** The table makes new rows around the same data whenever any of it changes: the data decides. */
function isSame(before: HistoryRowProps, now: HistoryRowProps): boolean {
  return (
    before.row.original === now.row.original &&
    before.columns === now.columns &&
    before.index === now.index &&
    before.top === now.top &&
    before.isTabStop === now.isTabStop &&
    before.describe === now.describe &&
    before.isChosen === now.isChosen &&
    before.mayChoose === now.mayChoose &&
    before.choose === now.choose &&
    before.toggle === now.toggle &&
    before.line.isMember === now.line.isMember &&
    before.line.group?.isOpen === now.line.group?.isOpen &&
    before.line.group?.rows.length === now.line.group?.rows.length
  );
}

/** One delivery; all of it is a link to its page. */
export const HistoryTableRow = memo(function HistoryTableRow(props: HistoryRowProps) {
  const { row, index, top, isTabStop, describe, line, isChosen, mayChoose } = props;
  const { t } = useTranslation('history');
  const { group } = line;
  const label = describe(row.original);
  const { customerId, id } = row.original;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`${classes['line']} ${classes['row']}`}
      data-plain={rowWords(row.original) === null || undefined}
      data-member={line.isMember || undefined}
      aria-selected={isChosen}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="gridcell" className={`${classes['cell']} ${classes['choice']}`}>
        {mayChoose && (
          <Checkbox
            size="xs"
            checked={isChosen}
            aria-label={t('chosen.choose', { message: label })}
            onChange={(event) => props.choose(group?.rows ?? [row.original], event.currentTarget.checked)}
          />
        )}
        {group && (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-expanded={group.isOpen}
            aria-label={t(group.isOpen ? 'row.close' : 'row.open', { count: group.rows.length })}
            onClick={() => props.toggle(group.key)}
          >
            {group.isOpen ? (
              <IconChevronDown size={16} aria-hidden />
            ) : (
              <IconChevronRight size={16} aria-hidden />
            )}
          </ActionIcon>
        )}
      </div>
      {row.getAllCells().map((cell, position) => (
        <div key={cell.id} role="gridcell" className={`${classes['cell']} ${classes[cell.column.id]}`}>
          {position === 0 ? (
            <Link
              to={`/history/${encodeURIComponent(customerId)}/${id}`}
              state={firstStep}
              className={classes['link']}
              data-index={index}
              tabIndex={isTabStop ? 0 : -1}
              aria-label={group ? t('row.groupLabel', { label, count: group.rows.length }) : label}
            >
              <FlexRender cell={cell} />
            </Link>
          ) : (
            <FlexRender cell={cell} />
          )}
          {cell.column.id === 'recipient' && group && !group.isOpen && (
            <Badge size="sm" variant="light" color="gray" className={classes['more']} aria-hidden>
              {t('row.more', { count: group.rows.length - 1 })}
            </Badge>
          )}
        </div>
      ))}
    </div>
  );
}, isSame);
