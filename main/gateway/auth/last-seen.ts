/** When something that speaks for a tenant last reached this gateway, and from where. */
export interface Contact {
  readonly at: Date;
  readonly address: string;
}

export interface LastSeen {
  /** Called with each request that proved who it speaks for: costs a look into a map. */
  note(customerId: string, address: string): void;
  /** within this run */
  last(customerId: string): Contact | undefined;
  forget(customerId: string): void;
}

/** Finer than this nobody wants to know it. */
const everyMs = 1_000;

/** @param onFirst called on a tenant's first contact of this run */
export function createLastSeen(onFirst: (customerId: string, contact: Contact) => void): LastSeen {
  const contacts = new Map<string, { atMs: number; address: string }>();
  return {
    note(customerId, address) {
      const nowMs = Date.now();
      const known = contacts.get(customerId);
      if (known) {
        if (nowMs - known.atMs < everyMs) return;
        known.atMs = nowMs;
        known.address = address;
        return;
      }
      contacts.set(customerId, { atMs: nowMs, address });
      onFirst(customerId, { at: new Date(nowMs), address });
    },
    last(customerId) {
      const known = contacts.get(customerId);
      return known && { at: new Date(known.atMs), address: known.address };
    },
    forget: (customerId) => void contacts.delete(customerId),
  };
}
