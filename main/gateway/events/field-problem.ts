import { GatewayError } from '../errors';

/** One thing that is wrong with one field, by its path from the body's root: `event_data.client_email`. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** 422: names every field that is wrong; nothing was stored. */
export function invalidEvent(problems: readonly FieldProblem[]): GatewayError {
  const sentence = problems.map((problem) => `${problem.path} ${problem.message}`).join('; ');
  return new GatewayError('invalid_event', `The event was not accepted: ${sentence}.`, 422, problems);
}
