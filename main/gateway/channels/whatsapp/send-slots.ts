/** A message's place in its tenant's queue, and what it locks on its way out. */
export interface SendSlot {
  /** Resolves when it may go: enough of those before it have been released. */
  readonly admitted: Promise<void>;
  /**
   * The locks below are the tenant's. Each resolves once no other slot holds it, and this slot keeps it until
   * `release`. Everybody acquires them in the order in which they stand here, so that no two wait for each other.
   */
  /** New contacts are met one at a time: two at once could not be counted. */
  acquireNewContacts(): Promise<void>;
  /** Files are large: the browser holds one message's at a time. */
  acquireFiles(): Promise<void>;
  /** Two numbers may be one chat, as with and without Brazil's ninth digit. */
  acquireChat(chatId: string): Promise<void>;
  /** Lets the next one go; must be called, whatever happened, and once. */
  release(): void;
}

export interface SendSlots {
  /**
   * Takes a place at once: the order of these calls is the order of admission. Two to the same recipient are never
   * admitted at the same time.
   * @param atOnce how many may be admitted at the same time, this one among them
   */
  enter(customerId: string, place: { readonly recipient: string; readonly atOnce: number }): SendSlot;
  isBusy(customerId: string): boolean;
  /** how many have a place in its queue */
  count(customerId: string): number;
}

interface Place {
  readonly recipient: string;
  readonly atOnce: number;
  readonly admit: () => void;
}

interface Queue {
  readonly waiting: Place[];
  readonly admitted: Set<Place>;
  readonly locks: Locks;
}

/** The locks of one tenant. */
interface Locks {
  /** when whoever asked last is released */
  newContacts: Promise<void> | undefined;
  files: Promise<void> | undefined;
  readonly chats: Map<string, Promise<void>>;
}

const free = Promise.resolve();

/** A queue for each tenant, in the order they came; what is done before the admission may overlap. */
export function createSendSlots(): SendSlots {
  const queues = new Map<string, Queue>();

  function openQueue(customerId: string): Queue {
    const open = queues.get(customerId);
    if (open) return open;
    const locks: Locks = { newContacts: undefined, files: undefined, chats: new Map() };
    const queue: Queue = { waiting: [], admitted: new Set(), locks };
    queues.set(customerId, queue);
    return queue;
  }

  function admitNext(queue: Queue): void {
    for (;;) {
      const [head] = queue.waiting;
      if (!head || queue.admitted.size >= head.atOnce) return;
      for (const { recipient } of queue.admitted) if (recipient === head.recipient) return;
      queue.waiting.shift();
      queue.admitted.add(head);
      head.admit();
    }
  }

  return {
    enter(customerId, { recipient, atOnce }) {
      const queue = openQueue(customerId);
      const { locks } = queue;
      let admit: () => void = () => undefined;
      const admitted = new Promise<void>((resolve) => (admit = resolve));
      let unlock: () => void = () => undefined;
      const released = new Promise<void>((resolve) => (unlock = resolve));
      const place = { recipient, atOnce, admit };
      queue.waiting.push(place);
      admitNext(queue);
      return {
        admitted,
        acquireNewContacts() {
          const before = locks.newContacts ?? free;
          locks.newContacts = released;
          return before;
        },
        acquireFiles() {
          const before = locks.files ?? free;
          locks.files = released;
          return before;
        },
        acquireChat(chatId) {
          const before = locks.chats.get(chatId) ?? free;
          locks.chats.set(chatId, released);
          return before;
        },
        release() {
          // One that gives up before it is admitted leaves the queue, and those before it stay before the next.
          if (!queue.admitted.delete(place)) queue.waiting.splice(queue.waiting.indexOf(place), 1);
          unlock();
          for (const [chatId, until] of locks.chats) if (until === released) locks.chats.delete(chatId);
          admitNext(queue);
          if (queue.admitted.size === 0 && queue.waiting.length === 0) queues.delete(customerId);
        },
      };
    },
    isBusy: (customerId) => queues.has(customerId),
    count(customerId) {
      const queue = queues.get(customerId);
      return queue ? queue.admitted.size + queue.waiting.length : 0;
    },
  };
}
