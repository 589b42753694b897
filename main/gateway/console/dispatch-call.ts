import { callProblem, type CallAnswer } from '../../contracts/console/console-calls';
import type { ConsoleCall } from '../../contracts/console/define-call';
import { reachesRole, type ConsoleRole } from '../../contracts/console/roles';
import { describeIssue } from '../../contracts/describe-issue';
import { databaseAway, databaseTooSlow, errorText, GatewayError, isDatabaseAway, isTooSlow } from '../errors';
import type { Logger } from '../observability/logger';

/** Some calls of the console, and who answers them. */
export interface CallTable {
  readonly calls: Readonly<Record<string, ConsoleCall>>;
  /** the least role for each; a call without one is answered to nobody */
  readonly roles: Readonly<Record<string, ConsoleRole>>;
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

/** Checks name, role and input of a call, in this order, has it handled, and answers; never throws. */
export async function dispatchCall(
  { calls, roles, handlers, logger, describeFault }: CallTable,
  name: unknown,
  input: unknown,
  caller: { readonly role: ConsoleRole },
): Promise<CallAnswer> {
  const call = hasCall(calls, name) ? calls[name] : undefined;
  if (!hasCall(calls, name) || !call)
    return callProblem('unknown_call', 'This gateway does not know that call.');
  const least = Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (least === undefined || !reachesRole(caller.role, least)) {
    return callProblem('not_allowed', refusal(caller.role, least));
  }
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

const roleNames: Readonly<Record<ConsoleRole, string>> = {
  reader: 'Reader',
  staff: 'Staff',
  operator: 'Operator',
};

function refusal(role: ConsoleRole, least: ConsoleRole | undefined): string {
  const ask = least === 'staff' ? 'Ask staff or an operator.' : 'Ask an operator.';
  return `Your role, ${roleNames[role]}, cannot do this. ${ask}`;
}

function asGatewayError(thrown: unknown): GatewayError | undefined {
  if (thrown instanceof GatewayError) return thrown;
  if (isDatabaseAway(thrown)) return databaseAway(thrown);
  return isTooSlow(thrown) ? databaseTooSlow(thrown) : undefined;
}
