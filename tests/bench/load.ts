import { Agent, request as httpRequest } from 'node:http';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { io, type Socket } from 'socket.io-client';
import { Pool } from 'undici';
import { serveCalls } from './calls';

/** The one load generator, the same for the gateway and for the baselines. */

export interface PostLoad {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly path: string;
  readonly apiKey: string;
  readonly body: string;
  readonly expectedStatus: number;
  /** events in a body */
  readonly events: number;
  readonly inFlight: number;
  readonly durationMs: number;
}

export interface Rate {
  /** a second */
  readonly rate: number;
  readonly count: number;
}

/** Keeps `inFlight` calls of `one` going until the time is over; what is under way then is waited for. */
async function runInFlight(inFlight: number, durationMs: number, one: () => Promise<number>): Promise<Rate> {
  const startedAt = performance.now();
  const endAt = startedAt + durationMs;
  let count = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < endAt) {
        const done = await one();
        count += done;
      }
    }),
  );
  return { count, rate: (count / (performance.now() - startedAt)) * 1000 };
}

function headersOf(apiKey: string): Record<string, string> {
  return { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
}

async function postOnce(pool: Pool, load: Omit<PostLoad, 'inFlight' | 'durationMs'>): Promise<string> {
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: load.path,
    headers: headersOf(load.apiKey),
    body: load.body,
  });
  const text = await body.text();
  if (statusCode !== load.expectedStatus || (statusCode === 207 && !text.startsWith('{"success":true'))) {
    throw new Error(`${load.path} answered ${statusCode}: ${text.slice(0, 500)}`);
  }
  return text;
}

async function withPool<T>(
  origin: string,
  connections: number,
  work: (pool: Pool) => Promise<T>,
): Promise<T> {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  try {
    return await work(pool);
  } finally {
    await pool.destroy();
  }
}

/** A moderate, even intake in the background, started and stopped by calls of their own. */
let steady: { stop: () => Promise<number> } | undefined;

function startSteady(load: Omit<PostLoad, 'inFlight' | 'durationMs'> & { readonly perSecond: number }): void {
  const pool = new Pool(load.origin, { connections: 8, pipelining: 1 });
  const startedAt = performance.now();
  const underWay = new Set<Promise<unknown>>();
  let sent = 0;
  let failure: unknown;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1000) * load.perSecond);
    for (; sent < due; sent += 1) {
      const post: Promise<unknown> = postOnce(pool, load)
        .catch((thrown: unknown) => (failure ??= thrown))
        .finally(() => underWay.delete(post));
      underWay.add(post);
    }
  }, 10);
  steady = {
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      await pool.destroy();
      if (failure instanceof Error) throw failure;
      return sent;
    },
  };
}

async function connectSockets(origin: string, token: string, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const socket = io(origin, { transports: ['websocket'], forceNew: true, auth: { token } });
          socket.once('connect', () => resolve(socket));
          socket.once('connect_error', reject);
        }),
    ),
  );
}

/** POST over a keep-alive agent; resolves when the answer has been read. */
function postBare(agent: Agent, port: number, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/hook',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(1));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const handlers = {
  post: (load: PostLoad): Promise<Rate> =>
    withPool(load.origin, load.inFlight, (pool) =>
      runInFlight(load.inFlight, load.durationMs, async () => {
        await postOnce(pool, load);
        return load.events;
      }),
    ),

  /** So many bodies, eight at a time. */
  fill: (load: Omit<PostLoad, 'inFlight' | 'durationMs'> & { readonly bodies: number }): Promise<void> =>
    withPool(load.origin, 8, async (pool) => {
      let left = load.bodies;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          while (left > 0) {
            left -= 1;
            await postOnce(pool, load);
          }
        }),
      );
    }),

  /** One event at a time with a pause; for each id, the monotonic ns before the post and after its answer. */
  trickle: (
    load: Omit<PostLoad, 'inFlight' | 'durationMs'> & { readonly count: number; readonly pauseMs: number },
  ) =>
    withPool(load.origin, 1, async (pool) => {
      const sent = new Map<number, { postedNs: bigint; acceptedNs: bigint }>();
      for (let index = 0; index < load.count; index += 1) {
        const postedNs = process.hrtime.bigint();
        const text = await postOnce(pool, load);
        const acceptedNs = process.hrtime.bigint();
        sent.set((JSON.parse(text) as { event_id: number }).event_id, { postedNs, acceptedNs });
        await new Promise((resolve) => setTimeout(resolve, load.pauseMs));
      }
      return sent;
    }),

  startSteady,
  stopSteady: () => steady?.stop() ?? Promise.resolve(0),

  async sockets(load: {
    readonly origin: string;
    readonly token: string;
    readonly event: object;
    readonly sockets: number;
    readonly inFlight: number;
    readonly durationMs: number;
  }): Promise<Rate> {
    const sockets = await connectSockets(load.origin, load.token, load.sockets);
    let turn = 0;
    try {
      return await runInFlight(load.inFlight, load.durationMs, async () => {
        const socket = sockets[(turn += 1) % sockets.length];
        const answer = (await socket?.emitWithAck('internal:event', load.event)) as { success: boolean };
        if (!answer.success) throw new Error(`refused: ${JSON.stringify(answer)}`);
        return 1;
      });
    } finally {
      for (const socket of sockets) socket.disconnect();
    }
  },

  /** Raw single-row commits: nothing but the driver and the database. */
  async rawCommits(load: {
    readonly url: string;
    readonly event: string;
    readonly connections: number;
    readonly durationMs: number;
  }): Promise<Rate> {
    const clients = Array.from(
      { length: load.connections },
      () => new pg.Client({ connectionString: load.url }),
    );
    try {
      await Promise.all(clients.map((client) => client.connect()));
      const free = [...clients];
      return await runInFlight(load.connections, load.durationMs, async () => {
        const client = free.pop();
        if (!client) throw new Error('more in flight than connections');
        await client.query({
          name: 'insert',
          text: `insert into websocket_events (customer_id, event_type, event_data) values ($1, $2, $3)`,
          values: ['RAW', 'payment:received', load.event],
        });
        free.push(client);
        return 1;
      });
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  },

  async bareWebhooks(load: {
    readonly port: number;
    readonly body: string;
    readonly inFlight: number;
    readonly durationMs: number;
  }): Promise<Rate> {
    const agent = new Agent({ keepAlive: true, maxSockets: load.inFlight });
    const body = Buffer.from(load.body);
    try {
      return await runInFlight(load.inFlight, load.durationMs, () => postBare(agent, load.port, body));
    } finally {
      agent.destroy();
    }
  },

  async bareMails(load: {
    readonly port: number;
    readonly mail: {
      readonly to: string;
      readonly subject: string;
      readonly text: string;
      readonly html: string;
    };
    readonly inFlight: number;
    readonly durationMs: number;
  }): Promise<Rate> {
    const transport = createTransport({
      pool: true,
      host: '127.0.0.1',
      port: load.port,
      maxConnections: load.inFlight,
      maxMessages: Infinity,
    });
    try {
      return await runInFlight(load.inFlight, load.durationMs, async () => {
        await transport.sendMail({ from: 'bench@example.com', ...load.mail });
        return 1;
      });
    } finally {
      transport.close();
    }
  },
};

export type LoadCalls = typeof handlers;

serveCalls(handlers);
