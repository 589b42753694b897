import { Decoder, PacketType } from 'socket.io-parser';
import type { CpuBudget } from '../auth/cpu-budget';
import type { HeavyTurns } from '../concurrency/heavy-turns';
import { GatewayError } from '../errors';
import { createJsonScanner, unscannedBytes } from '../events/json-scanner';

/** What stands in the place of a message that was not read: its sender is told why. */
export class RefusedMessage {
  constructor(readonly reason: GatewayError) {}
}

/** Whose packets a decoder reads. */
interface PacketOwner {
  readonly customerId: string;
  /** Ends the connection: its packets make no sense, or are more than it may have waiting. */
  end(): void;
}

export interface BoundedDecoder extends Decoder {
  owner: PacketOwner | undefined;
}

const limits = { values: 50_000, code: 'invalid_event' };
const pieceLength = 64 * 1024;
/** As large as the largest packet, and some more. */
const mostWaiting = 40 * 1024 * 1024;
/** Type, attachments, namespace, id of the acknowledgement, name: before anything that takes time to read. */
const headPattern = /^[25](?:\d+-)?(?:(\/[^,]{0,100}),)?(\d{1,15})?\["([^"\\]{1,100})"/;

/**
 * Socket.IO's own decoder, which reads large packets as routes read large bodies: counted first, parsed when it is
 * their turn, at their customer's cost. The packets of a connection stay in order.
 */
export function createDecoderClass(parts: {
  readonly turns: HeavyTurns;
  readonly budget: CpuBudget;
}): new () => BoundedDecoder {
  return class extends Decoder implements BoundedDecoder {
    owner: PacketOwner | undefined;
    private waiting: unknown[] = [];
    private waitingLength = 0;
    private isEnded = false;

    override add(packet: unknown): void {
      const isLarge = typeof packet === 'string' && packet.length > unscannedBytes;
      if (this.waiting.length === 0 && !(isLarge && this.owner)) {
        if (isLarge) scan(packet);
        super.add(packet);
        return;
      }
      this.waitingLength += lengthOf(packet);
      if (this.waitingLength > mostWaiting) throw new Error('too much waits to be read');
      this.waiting.push(packet);
      if (this.waiting.length === 1) this.readNext();
    }

    override destroy(): void {
      this.isEnded = true;
      this.waiting = [];
      super.destroy();
    }

    private readNext(): void {
      const { owner } = this;
      if (!owner) return;
      void parts.turns
        .run(owner.customerId, () => this.readFirst(owner))
        .catch(() => {
          this.isEnded = true;
          owner.end();
        })
        .then(() => {
          if (!this.isEnded && this.waiting.length > 0) this.readNext();
        });
    }

    private readFirst(owner: PacketOwner): void {
      if (this.isEnded) return;
      const packet = this.waiting.shift();
      this.waitingLength -= lengthOf(packet);
      if (typeof packet !== 'string' || packet.length <= unscannedBytes) {
        super.add(packet);
        return;
      }
      try {
        parts.budget.spend(owner.customerId, () => {
          scan(packet);
          super.add(packet);
        });
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) throw thrown;
        this.refuse(packet, thrown);
      }
    }

    /** Everything of it is known that its answer takes, except what it says. */
    private refuse(packet: string, reason: GatewayError): void {
      const [, nsp = '/', id, name] = headPattern.exec(packet) ?? [];
      if (name === undefined || packet.startsWith('5')) throw reason;
      this.emitReserved('decoded', {
        type: PacketType.EVENT,
        nsp,
        data: [name, new RefusedMessage(reason)],
        ...(id === undefined ? {} : { id: Number(id) }),
      });
    }
  };
}

/** @throws GatewayError */
function scan(packet: string): void {
  const scanner = createJsonScanner(limits);
  for (let at = 0; at < packet.length; at += pieceLength) {
    scanner.add(Buffer.from(packet.slice(at, at + pieceLength)));
  }
}

function lengthOf(packet: unknown): number {
  if (typeof packet === 'string') return packet.length;
  return ArrayBuffer.isView(packet) || packet instanceof ArrayBuffer ? packet.byteLength : 0;
}
