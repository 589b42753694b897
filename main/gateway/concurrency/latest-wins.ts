/**
 * Reads, and hands on what was read unless a read that began later has been handed on already: two reads at once may
 * end in either order, and the one that ends last may predate a change.
 * @returns what reads once; it throws what `read` throws
 */
export function latestWins<T>(read: () => Promise<T>, take: (found: T) => void): () => Promise<void> {
  let begun = 0;
  let taken = 0;
  return async () => {
    begun += 1;
    const own = begun;
    const found = await read();
    if (own < taken) return;
    taken = own;
    take(found);
  };
}
