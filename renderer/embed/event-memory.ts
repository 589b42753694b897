import { readFields } from './page-error';

/** What a tab remembers from one page of the PHP app to the next. */
export interface EventMemory {
  /** undefined: nothing is remembered */
  lastEventId(): number | undefined;
  rememberLastEventId(eventId: number): void;
  wasOwn(eventId: number): boolean;
  /** own events whose end was not known when the last page was left */
  openEventIds(): number[];
  rememberOwn(eventId: number, isSettled: boolean): void;
}

const mostOwn = 50;

/** In sessionStorage, one entry for each gateway and customer: the next login in this tab sees nothing of it. */
export function createEventMemory(gatewayUrl: string, customerId: string): EventMemory {
  const storageKey = `modular-gateway:${gatewayUrl}:${customerId}`;
  const own = new Map<number, boolean>();
  let lastEventId: number | undefined;

  const saved = readFields(load(storageKey));
  if (typeof saved['last'] === 'number') lastEventId = saved['last'];
  if (Array.isArray(saved['own'])) {
    for (const entry of saved['own'] as unknown[]) {
      if (!Array.isArray(entry)) continue;
      const [eventId, isSettled] = entry as unknown[];
      if (typeof eventId === 'number') own.set(eventId, isSettled === true);
    }
  }

  function save(): void {
    try {
      sessionStorage.setItem(storageKey, JSON.stringify({ last: lastEventId, own: [...own] }));
    } catch {
      // Storage is off or full: the next page starts without memories.
    }
  }

  return {
    lastEventId: () => lastEventId,
    rememberLastEventId(eventId) {
      if (eventId <= (lastEventId ?? -1)) return;
      lastEventId = eventId;
      save();
    },
    wasOwn: (eventId) => own.has(eventId),
    openEventIds: () => [...own].filter(([, isSettled]) => !isSettled).map(([eventId]) => eventId),
    rememberOwn(eventId, isSettled) {
      if (own.get(eventId) === isSettled) return;
      own.set(eventId, isSettled);
      const oldest = own.size > mostOwn ? own.keys().next().value : undefined;
      if (oldest !== undefined) own.delete(oldest);
      save();
    },
  };
}

function load(storageKey: string): unknown {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) ?? '{}');
  } catch {
    return {};
  }
}
