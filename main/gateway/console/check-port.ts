import { createServer } from 'node:net';
import type { CallOutput } from '../../contracts/console/console-calls';
import { errorCode, errorText } from '../errors';

const looksFurther = 50;
const highestPort = 65_535;

/** Can a gateway listen there? Tried by listening. `own`: the port it has now, which is free for it. */
export async function checkPort(
  host: string,
  port: number,
  own: number,
): Promise<CallOutput<'setup.checkPort'>> {
  if (port === own) {
    return { free: true, message: `The gateway listens on port ${port} now.`, nextFree: null };
  }
  const trouble = await tryToListen(host, port);
  if (trouble === undefined) return { free: true, message: `Port ${port} is free.`, nextFree: null };
  const nextFree = await findNextFree(host, port);
  const code = errorCode(trouble);
  const reason =
    code === 'EADDRINUSE'
      ? `Another program listens on port ${port}.`
      : code === 'EACCES'
        ? process.platform === 'win32'
          ? `Windows has reserved port ${port} (netsh int ipv4 show excludedportrange tcp).`
          : `This account may not listen on port ${port}: take one above 1023.`
        : `The gateway cannot listen on port ${port}: ${errorText(trouble)}.`;
  return {
    free: false,
    message: nextFree === null ? reason : `${reason} The next free one is ${nextFree}.`,
    nextFree,
  };
}

async function findNextFree(host: string, after: number): Promise<number | null> {
  const first = Math.max(after + 1, 1_024);
  for (let port = first; port <= Math.min(first + looksFurther, highestPort); port += 1) {
    if ((await tryToListen(host, port)) === undefined) return port;
  }
  return null;
}

/** What keeps a program from listening there; undefined: nothing. */
function tryToListen(host: string, port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
