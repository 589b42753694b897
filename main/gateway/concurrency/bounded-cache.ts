export interface BoundedCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  readonly size: number;
}

/**
 * Keeps what was used last: at most `maxEntries`, and at most `maxCharacters` in all keys together
 * (the keys are whole templates, and a tenant may store large ones).
 */
export function createBoundedCache<V>(maxEntries: number, maxCharacters = Infinity): BoundedCache<V> {
  // A Map keeps the order of insertion: the first key is the one that was not used for longest.
  const entries = new Map<string, V>();
  let characters = 0;

  return {
    get(key) {
      const value = entries.get(key);
      if (value !== undefined) {
        entries.delete(key);
        entries.set(key, value);
      }
      return value;
    },
    set(key, value) {
      if (!entries.delete(key)) characters += key.length;
      entries.set(key, value);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && characters <= maxCharacters) break;
        entries.delete(oldest);
        characters -= oldest.length;
      }
    },
    get size() {
      return entries.size;
    },
  };
}
