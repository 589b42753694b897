import type pg from 'pg';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Database } from './database';

const reconnectFirstMs = 200;
const reconnectLongestMs = 10_000;

/** What the database's triggers say, from a connection of its own that comes back when it is lost. */
export interface NotificationListener {
  stop(): Promise<void>;
}

export interface ListenerOptions {
  readonly database: Database;
  readonly channel: string;
  readonly logger: Logger;
  onNotification(payload: string): void;
  /** After each connect, the first included: notifications may have been missed before. */
  onConnected(): void;
  /** Run on the connection before anything else: session locks that say "this process lives". */
  prepare?(client: pg.Client): Promise<void>;
}

/** Connects in the background; @returns at once. */
export function listenForNotifications(options: ListenerOptions): NotificationListener {
  const { database, channel, logger } = options;
  let client: pg.Client | undefined;
  let stopped = false;
  let retryMs = reconnectFirstMs;
  let timer: NodeJS.Timeout | undefined;
  let connecting: Promise<void> | undefined;

  async function connect(): Promise<void> {
    try {
      const fresh = await database.connect();
      client = fresh;
      fresh.on('notification', (message) => {
        if (!stopped) options.onNotification(message.payload ?? '');
      });
      fresh.once('end', onLost);
      await options.prepare?.(fresh);
      await fresh.query(`listen ${channel}`);
      retryMs = reconnectFirstMs;
      if (!isStopped()) options.onConnected();
    } catch (thrown) {
      logger.debug(
        'database.listen_failed',
        'notifications of the database could not be subscribed to, trying again',
        { error: errorText(thrown) },
      );
      if (client) await client.end().catch(() => undefined);
      else onLost();
    }
  }

  const isStopped = (): boolean => stopped;

  function onLost(): void {
    client = undefined;
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(start, retryMs);
    retryMs = Math.min(retryMs * 2, reconnectLongestMs);
  }

  function start(): void {
    if (stopped) return;
    connecting = connect().finally(() => {
      connecting = undefined;
    });
  }

  start();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await connecting;
      await client?.end().catch(() => undefined);
    },
  };
}
