import { LRUCache } from 'lru-cache';
import type { Database, Queryable } from './database';
import { writtenDown } from './search-store';
import { buildSearchQueries } from './search-words';

/** How a text is looked for. */
interface FoundWords {
  /** a tsquery that rows of message_search fit; undefined: none does, the text is a part of something */
  readonly words?: string;
  /** all deliveries are written down: the index alone may answer */
  readonly isComplete: boolean;
  /** many of the newest fit: reading from the newest on is faster than the index */
  readonly isCommon: boolean;
}

interface HistoryWords {
  find(text: string | undefined): Promise<FoundWords>;
  /** Runs statements that are to use the index of words, whatever the planner thinks of it. */
  byIndex<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

/** Words are looked for among so many of the newest first: what is common is found there. */
const sampleRows = 5_000;
const commonRows = 250;
/** The next page, and the count, are asked for by the same text. */
const keepMs = 15_000;

/** Decides how the text of a search is meant, by what there is. */
export function createHistoryWords(database: Database, customerId: string): HistoryWords {
  const kept = new LRUCache<string, FoundWords>({ max: 50, ttl: keepMs });
  let isComplete = false;

  /**
   * The planner guesses that a word it has never seen is in every hundredth row, and reads the whole table instead.
   */
  const byIndex: HistoryWords['byIndex'] = (work) =>
    database.transaction(async (tx) => {
      await tx.query({ name: 'history.by-index', text: 'set local enable_seqscan = off', prepare: false });
      return work(tx);
    });

  async function isAllWritten(): Promise<boolean> {
    // Once it is, it stays so: what comes in later is newer.
    if (isComplete) return true;
    const [found] = await database.query<{ all: boolean }>({
      name: 'history.words-complete',
      // The lowest of each by its index: the planner would look at every row for one that is lower.
      text: `select coalesce((select d.id from message_deliveries d where d.customer_id = $1 order by d.id limit 1)
          >= ${writtenDown('asc')}, not exists (
            select 1 from message_deliveries d where d.customer_id = $1)) as all`,
      values: [customerId],
    });
    isComplete = found?.all ?? false;
    return isComplete;
  }

  async function sample(queries: readonly string[]): Promise<number[]> {
    const counts = queries.map(
      (_, index) => `count(*) filter (where words @@ $${index + 1}::tsquery) as n${index}`,
    );
    const [row] = await database.query<Record<string, number>>({
      name: 'history.words-sample',
      text: `select ${counts.join(', ')} from (
          select words from message_search order by at desc, delivery_id desc limit ${sampleRows}) newest`,
      values: queries,
      prepare: false,
    });
    return queries.map((_, index) => row?.[`n${index}`] ?? 0);
  }

  async function isAnywhere(query: string): Promise<boolean> {
    const rows = await byIndex((tx) =>
      tx.query({
        name: 'history.words-anywhere',
        text: `with found as materialized (select delivery_id from message_search where words @@ $1::tsquery)
          select 1 from found limit 1`,
        values: [query],
        prepare: false,
      }),
    );
    return rows.length > 0;
  }

  async function choose(text: string): Promise<FoundWords> {
    const queries = buildSearchQueries(text);
    const isComplete = await isAllWritten();
    if (!queries) return { isComplete, isCommon: false };
    const wanted = [...new Set([queries.whole, queries.beginnings])];
    const counts = await sample(wanted);
    for (const [index, words] of wanted.entries()) {
      const count = counts[index] ?? 0;
      if (count > 0 || (await isAnywhere(words))) return { words, isComplete, isCommon: count >= commonRows };
    }
    return { isComplete, isCommon: false };
  }

  return {
    byIndex,
    async find(text) {
      if (text === undefined) return { isComplete: true, isCommon: false };
      const known = kept.get(text);
      if (known?.isComplete === true) return known;
      const found = await choose(text);
      if (found.words !== undefined) kept.set(text, found);
      return found;
    },
  };
}
