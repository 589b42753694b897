import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a program of the benchmark can be asked to do: one argument, one answer. */
type Handlers = Record<string, (argument: never) => unknown>;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer =
  { readonly id: number; readonly result: unknown } | { readonly id: number; readonly error: string };

/** The program's side: answers calls until the other side goes away, then ends the process. */
export function serveCalls(handlers: Handlers): void {
  process.on('message', (call: Call) => {
    void answerCall(handlers, call).then((answer) => process.send?.(answer));
  });
  // Also when the benchmark was killed: nothing is left running.
  process.on('disconnect', () => process.exit(0));
}

async function answerCall(handlers: Handlers, { id, name, argument }: Call): Promise<Answer> {
  try {
    const handler = handlers[name] as ((argument: unknown) => unknown) | undefined;
    if (!handler) throw new Error(`there is no call ${name}`);
    return { id, result: await handler(argument) };
  } catch (thrown) {
    return { id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}

export interface Program<H extends Handlers> {
  readonly pid: number;
  /** @throws Error with the other side's stack when the call fails or the program ends */
  call<Name extends keyof H & string>(
    name: Name,
    ...argument: Parameters<H[Name]>
  ): Promise<Awaited<ReturnType<H[Name]>>>;
  stop(): Promise<void>;
}

/** Starts one of the benchmark's programs, bundled beside this file, in a process of its own. */
export function startProgram<H extends Handlers>(name: string): Program<H> {
  const child: ChildProcess = fork(fileURLToPath(new URL(`${name}.mjs`, import.meta.url)), [], {
    serialization: 'advanced',
  });
  const closed = once(child, 'close');
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (thrown: Error) => void }>();
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    const entry = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) entry?.reject(new Error(`${name}: ${answer.error}`));
    else entry?.resolve(answer.result);
  });
  child.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the program ${name} has ended`));
    waiting.clear();
  });
  return {
    pid: child.pid ?? 0,
    call: (callName, ...[argument]) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve: resolve as (result: unknown) => void, reject });
        child.send({ id: lastId, name: callName, argument });
      }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await closed;
    },
  };
}
