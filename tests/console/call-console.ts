import {
  allCalls,
  type CallInput,
  type CallOutput,
  type CallProblem,
  type ConsoleCallName,
} from '../../main/contracts/console/console-calls';
import type {
  ConsolePush,
  ConsolePushes,
  ConsolePushName,
} from '../../main/contracts/console/console-pushes';
import type { ConsoleCaller, GatewayConsole } from '../../main/gateway/console/gateway-console';
import { waitUntil } from '../support/wait-until';

/** A window on a gateway's console, as IPC and Socket.IO make one. */
export interface TestConsole {
  /** What the call answers; every answer has to fit its schema. @throws when it is refused */
  call<N extends ConsoleCallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  /** Why the call is refused. @throws when it is not */
  refusal(name: ConsoleCallName, input: unknown): Promise<CallProblem>;
  readonly pushes: ConsolePush[];
  /** The first push of that name, also of before, that fits. */
  waitForPush<N extends ConsolePushName>(
    name: N,
    isIt?: (payload: ConsolePushes[N]) => boolean,
  ): Promise<ConsolePushes[N]>;
  close(): void;
}

export const testActor = 'console (test)';

/** @param who an operator without a name unless told */
export function openTestConsole(
  gateway: { readonly console: GatewayConsole | undefined },
  who: Partial<Pick<ConsoleCaller, 'role' | 'person' | 'actor'>> = {},
): TestConsole {
  const windowId = `window ${Math.random()}`;
  const caller: ConsoleCaller = { actor: testActor, windowId, role: 'operator', ...who };
  const opened = gateway.console;
  if (!opened) throw new Error('the gateway has no console yet');
  const pushes: ConsolePush[] = [];
  const close = opened.subscribe(caller, (push) => pushes.push(push));
  return {
    pushes,
    close,
    async call(name, input) {
      const answer = await opened.call(name, input, caller);
      if (!answer.ok) throw new Error(`${name}: ${answer.problem.code}: ${answer.problem.message}`);
      // Both entry points send JSON: what does not survive it never reaches a window.
      const value: unknown = JSON.parse(JSON.stringify(answer.value));
      return allCalls[name].output.parse(value) as CallOutput<typeof name>;
    },
    async refusal(name, input) {
      const answer = await opened.call(name, input, caller);
      if (answer.ok) throw new Error(`${name} was not refused: ${JSON.stringify(answer.value)}`);
      return answer.problem;
    },
    async waitForPush<N extends ConsolePushName>(
      name: N,
      isIt: (payload: ConsolePushes[N]) => boolean = () => true,
    ): Promise<ConsolePushes[N]> {
      const find = () =>
        pushes
          .filter((push) => push.name === name)
          .map((push) => push.payload as ConsolePushes[N])
          .find(isIt);
      await waitUntil(() => find() !== undefined, { what: `the push ${name}` });
      const found = find();
      if (found === undefined) throw new Error('the push vanished');
      return found;
    },
  };
}
