/** One line of the table. Lists hold a figure a round. */
export interface BenchRow {
  readonly metric: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** what it is compared with, measured in turn with ours */
  readonly baseline?: { readonly what: string; readonly values: readonly number[] };
  /** ratio to reach or not to exceed, value not to exceed, or nothing to reach */
  readonly target:
    { readonly kind: 'ratio' | 'ratio at most' | 'at most'; readonly value: number } | undefined;
}

export interface BenchResult {
  readonly metric: string;
  readonly unit: string;
  readonly ours: number;
  readonly baseline: number | null;
  readonly baseline_what: string | null;
  /** the median of the rounds' ratios */
  readonly ratio: number | null;
  readonly target: string;
  readonly verdict: 'ok' | 'short' | 'info';
  readonly rounds: { readonly ours: readonly number[]; readonly baseline: readonly number[] };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The value that `share` of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/** Neighbouring rounds are compared with each other: what else the machine does hits both alike. */
export function judgeRow(row: BenchRow): BenchResult {
  const { baseline, target } = row;
  const ours = median(row.ours);
  const ratios = baseline ? row.ours.map((value, round) => value / (baseline.values[round] ?? NaN)) : [];
  const ratio = baseline ? median(ratios) : null;
  return {
    metric: row.metric,
    unit: row.unit,
    ours,
    baseline: baseline ? median(baseline.values) : null,
    baseline_what: baseline?.what ?? null,
    ratio,
    target: target ? describeTarget(target, row.unit) : '',
    verdict: target ? (isReached(target, ours, ratio) ? 'ok' : 'short') : 'info',
    rounds: { ours: row.ours, baseline: baseline?.values ?? [] },
  };
}

type Target = NonNullable<BenchRow['target']>;

function isReached({ kind, value }: Target, ours: number, ratio: number | null): boolean {
  if (kind === 'ratio') return (ratio ?? 0) >= value;
  return (kind === 'at most' ? ours : (ratio ?? Infinity)) <= value;
}

function describeTarget({ kind, value }: Target, unit: string): string {
  if (kind === 'ratio') return `≥ ${value} ×`;
  return kind === 'at most' ? `≤ ${value} ${unit}` : `≤ ${value} ×`;
}

/** A Markdown table, aligned for terminals too. */
export function formatTable(results: readonly BenchResult[]): string {
  const head = ['metric', 'ours', 'baseline', 'ratio', 'target', ''];
  const lines = results.map((result) => [
    result.metric,
    `${formatFigure(result.ours)} ${result.unit}`,
    result.baseline === null ? '' : `${formatFigure(result.baseline)} ${result.baseline_what ?? ''}`,
    result.ratio === null ? '' : result.ratio.toFixed(2),
    result.target,
    result.verdict === 'info' ? '' : result.verdict,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const print = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [print(head), print(widths.map((width) => '-'.repeat(width))), ...lines.map(print)].join('\n');
}

function formatFigure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}
