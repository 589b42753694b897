import { callProblem, type CallAnswer } from '../../contracts/console/console-calls';
import type { ConsoleCall } from '../../contracts/console/define-call';
import { describeIssue } from '../../contracts/describe-issue';
import { databaseAway, databaseTooSlow, errorText, GatewayError, isDatabaseAway, isTooSlow } from '../errors';
import type { Logger } from '../observability/logger';

/** Some calls of the console, and who answers them. */
export interface CallTable {
  readonly calls: Readonly<Record<string, ConsoleCall>>;
  /** by the names of `calls`; each is given what its call's input schema made of the input */
  readonly handlers: object;
  readonly logger: Logger;
  /** what to tell a person of a fault of ours, in a sentence */
  readonly describeFault: (thrown: unknown) => string;
}

type Handler = (input: unknown, caller: unknown) => unknown;

/** `Object.hasOwn`: a name such as `constructor` is no call. */
export function hasCall(calls: CallTable['calls'], name: unknown): name is string {
  return typeof name === 'string' && Object.hasOwn(calls, name);
}

/** Checks name and input of a call, has it handled, and answers; never throws. */
export async function dispatchCall(
  { calls, handlers, logger, describeFault }: CallTable,
  name: unknown,
  input: unknown,
  caller?: unknown,
): Promise<CallAnswer> {
  const call = hasCall(calls, name) ? calls[name] : undefined;
  if (!hasCall(calls, name) || !call)
    return callProblem('unknown_call', 'This gateway does not know that call.');
  const checked = call.input.safeParse(input);
  if (!checked.success) {
    const details = checked.error.issues.map((issue) => ({
      path: issue.path.join('.'),
      message: describeIssue(issue),
    }));
    const first = details[0];
    const where = first && first.path !== '' ? `${first.path} ` : '';
    return callProblem('invalid_input', `${where}${first?.message ?? 'The input is not right'}.`, details);
  }
  const handle = (handlers as Readonly<Record<string, Handler | undefined>>)[name];
  if (!handle) return callProblem('not_available', 'This gateway cannot do that.');
  try {
    return { ok: true, value: await handle(checked.data, caller) } as CallAnswer;
  } catch (thrown) {
    const shown = asGatewayError(thrown);
    if (shown) return callProblem(shown.code, shown.message, shown.details);
    logger.error('console.call_failed', 'console call failed', { call: name, error: errorText(thrown) });
    return callProblem('internal_error', describeFault(thrown));
  }
}

function asGatewayError(thrown: unknown): GatewayError | undefined {
  if (thrown instanceof GatewayError) return thrown;
  if (isDatabaseAway(thrown)) return databaseAway(thrown);
  return isTooSlow(thrown) ? databaseTooSlow(thrown) : undefined;
}
