import { createServer } from 'node:net';

/** The server listens here only: other machines have no business in it. */
export const serverHost = '127.0.0.1';

const portsTried = 100;

function probePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: serverHost, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

export async function isFreePort(port: number): Promise<boolean> {
  return (await probePort(port)) !== undefined;
}

/**
 * The first free port from `preferred` upwards, or any when a hundred are taken or `preferred` is 0.
 * @throws Error when there is none at all
 */
export async function findFreePort(preferred: number): Promise<number> {
  for (let port = preferred; preferred > 0 && port < preferred + portsTried; port += 1) {
    if (await isFreePort(port)) return port;
  }
  const port = await probePort(0);
  if (port === undefined) throw new Error(`there is no free port on ${serverHost}`);
  return port;
}
