import type { EventEmitter } from 'node:events';
import { waitAtMost } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';

export interface Announcement {
  /** Takes it back, so that nobody goes on seeing a gateway that is gone. */
  stop(): Promise<void>;
}

interface AnnouncementOptions {
  /** of this machine, in the office's network */
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
  readonly hostname: string;
  readonly version: string;
  readonly logger: Logger;
}

const goodbyeWithinMs = 500;
/** DNS labels hold 63 bytes. */
const longestName = 63;

/** May this be told to everybody around? In a private network it may; on a server of the internet it is nobody's business. */
export function isAnnounced(address: string | undefined): address is string {
  return address !== undefined && /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

/**
 * Announces the gateway as `_modular-gateway._tcp` by mDNS: programs in the office's network find it without its
 * address. What cannot be announced is logged, and disturbs nothing else.
 */
export async function announceGateway(options: AnnouncementOptions): Promise<Announcement> {
  const { logger } = options;
  const onTrouble = (thrown: unknown) =>
    logger.warn('discovery.announce_failed', 'the gateway could not be announced in the network', {
      error: errorText(thrown),
    });
  try {
    // Loaded by gateways that announce themselves.
    const { Bonjour } = await import('bonjour-service');
    // Bound to one address it would not hear what is sent to the group.
    const bonjour = new Bonjour({ interface: options.address, bind: '0.0.0.0' } as never, onTrouble);
    // It leaves errors of its socket, such as a port that another program keeps to itself, to nobody.
    const { mdns } = (bonjour as unknown as { server: { mdns: EventEmitter } }).server;
    mdns.on('error', onTrouble);
    bonjour.publish({
      name: cutBytes(`Modular Gateway on ${options.hostname}:${options.port}`, longestName),
      type: 'modular-gateway',
      protocol: 'tcp',
      port: options.port,
      disableIPv6: true,
      // With the port in it nobody else has the name.
      probe: false,
      txt: {
        version: options.version,
        path: '/connect',
        url: `${options.tls ? 'https' : 'http'}://${options.address}:${options.port}`,
      },
    });
    return {
      stop: () => {
        const gone = new Promise<void>((resolve) => {
          bonjour.unpublishAll(() => bonjour.destroy(() => resolve()));
        });
        return waitAtMost(gone, goodbyeWithinMs);
      },
    };
  } catch (thrown) {
    onTrouble(thrown);
    return { stop: () => Promise.resolve() };
  }
}

function cutBytes(text: string, most: number): string {
  return Buffer.from(text)
    .subarray(0, most)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
