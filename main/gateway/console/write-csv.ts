import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';

export type CsvValue = string | number | Date | null;

/** A spreadsheet takes what begins so for a formula (OWASP, CSV Injection). */
const formulaStart = /^[=+\-@\t\r]/;

function toCell(value: CsvValue): string {
  if (value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return String(value);
  return formulaStart.test(value) ? `'${value}` : value;
}

/**
 * Writes a CSV file row by row: UTF-8 with a BOM (Excel), CRLF, quoted where need be (RFC 4180), formulas made
 * harmless by an apostrophe. No more rows are asked for than the disk takes.
 * @throws what `rows` throws, or the error of the disk; the file is then left unfinished
 */
export async function writeCsv(
  path: string,
  columns: readonly string[],
  rows: AsyncIterable<readonly CsvValue[]>,
): Promise<void> {
  // With CRLF between rows, csv-stringify leaves a line break alone unquoted; spreadsheets begin a row there.
  const csv = stringify({ bom: true, record_delimiter: 'windows', quoted_match: /[\r\n]/ });
  const file = createWriteStream(path, { mode: 0o600 });
  const written = finished(file);
  // The error of whichever fails first is thrown below.
  written.catch(() => undefined);
  file.on('error', (thrown) => csv.destroy(thrown));
  csv.pipe(file);
  try {
    csv.write([...columns]);
    for await (const row of rows) {
      if (!csv.write(row.map(toCell))) await once(csv, 'drain');
    }
    csv.end();
    await written;
  } catch (thrown) {
    csv.destroy();
    file.destroy();
    // Only then is it closed, and can be removed for good.
    await written.catch(() => undefined);
    throw thrown;
  }
}
