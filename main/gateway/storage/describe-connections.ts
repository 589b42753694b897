import type { ConnectionFigures } from './server-watch';

/** So few that the next who connects may be refused. */
const fewLeft = 3;
/** The gateway's own, besides one for each tenant: its system database, commands, what busy tenants borrow. */
const besides = 24;

interface ConnectionsDescribed {
  /** for people, in one or more sentences */
  readonly message: string;
  readonly isFull: boolean;
}

/** How many connections a database server has, who uses them, and what to raise. */
export function describeConnections(
  figures: Omit<ConnectionFigures, 'instances' | 'sharing'>,
  tenants: number,
): ConnectionsDescribed {
  const { total, used, strangers, gateways } = figures;
  const others =
    strangers === 0
      ? ''
      : strangers === 1
        ? ', 1 of them by another program'
        : `, ${strangers} of them by other programs`;
  const open = `${used} of the server's ${total} connections are open${others}.`;
  const wanted = Math.ceil((tenants * Math.max(1, gateways) + besides) / 0.9 / 50) * 50;
  if (total - used < fewLeft) {
    return {
      message: `${open} There is hardly any left: raise max_connections in postgresql.conf to ${Math.max(wanted, total + 100)}, or close what other programs leave open.`,
      isFull: true,
    };
  }
  if (tenants * Math.max(1, gateways) + besides <= total * 0.9) return { message: open, isFull: false };
  return {
    message: `${open} Too few for ${tenants} tenants to keep one each: quiet ones take turns, and rows inserted for them are taken up within 5 s. With max_connections = ${wanted} none has to wait.`,
    isFull: false,
  };
}
