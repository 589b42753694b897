/** A restart of the gateway, or a connection that comes and goes, makes no matter a new one. */
const forgetAfterMs = 120_000;

export interface NotifiedIssues {
  /** Those that were not there before, or were away for two minutes at least. */
  takeFresh<Matter extends { readonly id: string }>(matters: readonly Matter[]): Matter[];
  /** At the last look it was there, or had not been away for two minutes. */
  isKnown(id: string): boolean;
}

/** Remembers what needed a person, so that each matter is told once as long as it lasts. `now`: ms, any origin */
export function createNotifiedIssues(now: () => number = () => performance.now()): NotifiedIssues {
  /** by id, since when it is away; undefined: it is there */
  const known = new Map<string, number | undefined>();
  return {
    takeFresh(matters) {
      const at = now();
      for (const [id, goneAt] of known) {
        if (goneAt !== undefined && at - goneAt >= forgetAfterMs) known.delete(id);
      }
      const fresh = matters.filter(({ id }) => !known.has(id));
      const present = new Set(matters.map(({ id }) => id));
      for (const id of present) known.set(id, undefined);
      for (const [id, goneAt] of known) if (!present.has(id)) known.set(id, goneAt ?? at);
      return fresh;
    },
    isKnown: (id) => known.has(id),
  };
}
