import { useEffect, useState } from 'react';
import type { LogLine } from '../../../main/contracts/console/gateway-calls';
import { useConnection, useGateway, usePush } from '../../use-gateway';

/** As many as somebody may want to scroll through; older ones are in the file. */
const mostLines = 5_000;
const tailLines = 1_000;

interface LogLines {
  /** oldest first */
  readonly lines: readonly LogLine[];
  readonly isLoading: boolean;
  readonly error: Error | null;
}

/** The end of the log, and every line from now on. A gateway that started again counts its lines again. */
export function useLogLines(): LogLines {
  const gateway = useGateway();
  const connection = useConnection();
  const [state, setState] = useState<LogLines>({ lines: [], isLoading: true, error: null });

  usePush('logs.lines', ({ lines }) =>
    setState((before) => ({ ...before, lines: join(before.lines, lines) })),
  );
  useEffect(() => {
    if (connection !== 'connected') return undefined;
    let isGone = false;
    async function load() {
      try {
        // Watched first: a line between the two answers comes twice, and is dropped once.
        await gateway.call('logs.watch', { on: true });
        const { lines } = await gateway.call('logs.tail', { limit: tailLines });
        if (isGone) return;
        const tail = [...lines].reverse();
        setState((before) => ({
          lines: join(tail, newer(tail, before.lines)),
          isLoading: false,
          error: null,
        }));
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        if (!isGone) setState((before) => ({ ...before, isLoading: false, error }));
      }
    }
    void load();
    return () => {
      isGone = true;
      gateway.call('logs.watch', { on: false }).catch(() => undefined);
    };
  }, [gateway, connection]);
  return state;
}

/** Of lines that were pushed while the tail was fetched, those that are not in it. */
function newer(tail: readonly LogLine[], pushed: readonly LogLine[]): readonly LogLine[] {
  const last = tail.at(-1);
  return last
    ? pushed.filter((line) => line.at > last.at || (line.at === last.at && line.seq > last.seq))
    : pushed;
}

function join(lines: readonly LogLine[], added: readonly LogLine[]): readonly LogLine[] {
  const last = lines.at(-1);
  const fresh = last ? added.filter((line) => line.at > last.at || line.seq > last.seq) : added;
  return [...lines, ...fresh].slice(-mostLines);
}
