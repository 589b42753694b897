/** A page as who tells it something sees it. */
export interface PageConnection {
  readonly id: string;
  push(event: object): void;
  readonly isOpen: () => boolean;
}

interface Envelope {
  readonly id: number;
  readonly event: object;
}

let lastId = 0;

/** Messages to a page, in order: what one page goes away without having taken is told to the next. */
export class MessageLine {
  readonly #waiting: Envelope[] = [];
  #page: PageConnection | undefined;

  /** what no page has taken yet, oldest first */
  get waiting(): readonly object[] {
    return this.#waiting.map(({ event }) => event);
  }

  push(event: object): void {
    lastId += 1;
    const envelope = { id: lastId, event };
    this.#waiting.push(envelope);
    this.#page?.push(envelope);
  }

  /** From here on it is this page that is told, first of all what waits. */
  attach(page: PageConnection): void {
    if (this.#page === page) return;
    this.#page = page;
    for (const envelope of this.#waiting) page.push(envelope);
  }

  detach(): void {
    this.#page = undefined;
  }

  /** A page has these; ids of other lines are none of this one's business. */
  confirm(ids: ReadonlySet<number>): void {
    const left = this.#waiting.filter(({ id }) => !ids.has(id));
    this.#waiting.splice(0, Infinity, ...left);
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
