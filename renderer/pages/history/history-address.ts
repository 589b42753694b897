import { historyFilterSchema, type HistoryFilter } from '../../../main/contracts/console/history-calls';
import { deliveryStatusSchema } from '../../../main/contracts/statuses';

export interface AddressFilter {
  readonly filter: HistoryFilter;
  /** names in the address that are unknown or hold something that makes no sense */
  readonly ignored: readonly string[];
}

const { status: _, ...plainFields } = historyFilterSchema.shape;

/** `status=failed,unknown` and `status=failed&status=unknown` alike; each state is good or bad by itself. */
function readStates(values: readonly string[]) {
  const given = values.flatMap((value) => value.split(',')).filter((value) => value !== '');
  const states = given.map((value) => deliveryStatusSchema.safeParse(value));
  return {
    good: [...new Set(states.flatMap((state) => (state.success ? [state.data] : [])))],
    allGood: states.every(({ success }) => success),
  };
}

/** The filter that an address asks for; what is wrong in it is left out and named. */
export function readFilter(search: URLSearchParams): AddressFilter {
  const filter: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const name of new Set(search.keys())) {
    const value = search.get(name) ?? '';
    if (name === 'status') {
      const { good, allGood } = readStates(search.getAll(name));
      if (good.length > 0) filter[name] = good;
      if (!allGood) ignored.push(name);
    } else if (!Object.hasOwn(plainFields, name)) {
      ignored.push(name);
    } else if (value !== '') {
      const parsed = plainFields[name as keyof typeof plainFields].safeParse(value);
      if (parsed.success) filter[name] = parsed.data;
      else ignored.push(name);
    }
  }
  return { filter: filter, ignored };
}

/** The address of a filter, its names in a fixed order: the same filter has the same address. */
export function writeFilter(filter: HistoryFilter): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of Object.keys(historyFilterSchema.shape) as (keyof HistoryFilter)[]) {
    const value = filter[name];
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text !== undefined && text !== '') search.set(name, text);
  }
  return search;
}

export function isFiltered(filter: HistoryFilter): boolean {
  return [...writeFilter(filter).keys()].length > 0;
}
