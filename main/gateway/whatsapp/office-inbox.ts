import { officeId } from '../../contracts/office-number';
import { createRepeatedFlight, type SingleFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import type { Signals } from '../signals';
import type { WhatsAppInboundMessage } from '../storage/whatsapp-inbound-store';
import { storeInbound, toInbound, type KeepInboundParts } from './keep-inbound';
import type { OfficeReplies } from './office-number';
import type { ChatMessage } from './whatsapp-transport';

export interface OfficeInbox {
  /** Never throws; what cannot be written down just now is tried again. */
  receive(message: ChatMessage): void;
  stop(): void;
}

/** What came while the system database was away, the newest. */
const mostUnclaimed = 5_000;
const claimAgainAfterMs = 2_000;
const againAfterMs = 30_000;
/** Tenants open one after the other at a start. */
const afterOpeningMs = 1_000;

/**
 * What is written to the office number: to the tenant that wrote to that contact last, and to the operator alone where
 * none did. What a tenant's database cannot take just now waits in the system database, and is handed over later.
 */
export function createOfficeInbox(
  parts: KeepInboundParts & {
    readonly signals: Signals;
    readonly office: OfficeReplies;
    readonly announce: (customerId: string, inbound: WhatsAppInboundMessage) => void;
  },
): OfficeInbox {
  const { office, signals, logger } = parts;
  const flights = new Map<string, SingleFlight<void>>();
  const unclaimed: ChatMessage[] = [];
  const claiming = createRepeatedFlight(claimAll);
  let claimTimer: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function claimAll(): Promise<void> {
    clearTimeout(claimTimer);
    try {
      for (let next = unclaimed[0]; next; next = unclaimed[0]) {
        const [writer] = await office.writersOf(next.chatId);
        await office.claim(toInbound(next), writer ?? null);
        // A longer queue may have dropped it meanwhile.
        if (unclaimed[0] === next) unclaimed.shift();
        // No tenant's database holds up what is written to others.
        if (writer === undefined) signals.emit('whatsapp.state', { customerId: officeId });
        else void handOver(writer).catch(tellTrouble);
      }
    } catch (thrown) {
      tellTrouble(thrown);
      if (!stopped) claimTimer = setTimeout(() => void claiming.run(), claimAgainAfterMs).unref();
    }
  }

  function handOver(customerId: string): Promise<void> {
    const flight = flights.get(customerId) ?? createRepeatedFlight(() => handOverAll(customerId));
    flights.set(customerId, flight);
    return flight.run().finally(() => {
      if (!flight.running) flights.delete(customerId);
    });
  }

  async function handOverAll(customerId: string): Promise<void> {
    for (;;) {
      // One that is away is looked at again when it opens.
      const database = parts.databaseOf(customerId);
      const open = stopped || !database ? [] : await office.listOpen(customerId);
      if (!database || open.length === 0) return;
      for (const inbound of open) {
        if (await storeInbound(parts, database, customerId, inbound)) parts.announce(customerId, inbound);
        await office.close(inbound.messageId);
      }
    }
  }

  async function handOverWhatIsOpen(): Promise<void> {
    try {
      // One whose database hangs holds up nobody else.
      for (const customerId of await office.listOpenTenants()) void handOver(customerId).catch(tellTrouble);
    } catch (thrown) {
      tellTrouble(thrown);
    }
  }

  function lookAgainIn(ms: number): void {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => void handOverWhatIsOpen(), ms).unref();
  }

  function tellTrouble(thrown: unknown): void {
    if (stopped) return;
    logger.error('whatsapp.inbound_store_failed', 'inbound whatsapp message could not be stored', {
      number: 'office',
      error: errorText(thrown),
    });
    lookAgainIn(againAfterMs);
  }

  const unsubscribe = signals.on('tenant.added', () => lookAgainIn(afterOpeningMs));

  return {
    receive(message) {
      unclaimed.push(message);
      if (unclaimed.length > mostUnclaimed) unclaimed.shift();
      // However long the database takes, no more than these wait in memory.
      void claiming.run();
    },
    stop() {
      stopped = true;
      unsubscribe();
      clearTimeout(timer);
      clearTimeout(claimTimer);
    },
  };
}
