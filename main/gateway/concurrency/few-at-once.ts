/** Work of which only so many pieces are under way at once; the others wait, first come first served. */
export interface FewAtOnce {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Whoever comes now has to wait. */
  readonly isFull: boolean;
}

export function createFewAtOnce(most: number): FewAtOnce {
  let underWay = 0;
  const waiting: (() => void)[] = [];

  return {
    async run(work) {
      if (underWay < most) underWay += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        // The place is handed on, so that nobody can slip in between.
        const next = waiting.shift();
        if (next) next();
        else underWay -= 1;
      }
    },
    get isFull() {
      return underWay >= most;
    },
  };
}
