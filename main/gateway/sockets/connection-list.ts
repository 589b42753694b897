/** A socket that is connected now: who, from where, since when. */
interface SocketConnection {
  readonly socketId: string;
  readonly customerId: string;
  readonly userId: string | null;
  readonly address: string;
  readonly connectedAt: Date;
}

/** What sockets/socket-server keeps of its connections, for the console, the metrics and the log. */
export interface ConnectionList {
  add(connection: SocketConnection): void;
  remove(socketId: string): SocketConnection | undefined;
  list(customerId?: string): SocketConnection[];
  count(customerId?: string): number;
}

/** @param onPresence told when a tenant's first connection came, or its last went */
export function createConnectionList(
  onPresence: (customerId: string, isPresent: boolean) => void = () => undefined,
): ConnectionList {
  const connections = new Map<string, SocketConnection>();
  const counts = new Map<string, number>();
  const change = (customerId: string, by: number) => {
    const count = (counts.get(customerId) ?? 0) + by;
    if (count > 0) counts.set(customerId, count);
    else counts.delete(customerId);
    if (count === 0 || (count === 1 && by === 1)) onPresence(customerId, count > 0);
  };
  return {
    add(connection) {
      connections.set(connection.socketId, connection);
      change(connection.customerId, 1);
    },
    remove(socketId) {
      const connection = connections.get(socketId);
      if (connection && connections.delete(socketId)) change(connection.customerId, -1);
      return connection;
    },
    list: (customerId) =>
      [...connections.values()].filter(
        (connection) => customerId === undefined || connection.customerId === customerId,
      ),
    count: (customerId) => (customerId === undefined ? connections.size : (counts.get(customerId) ?? 0)),
  };
}
