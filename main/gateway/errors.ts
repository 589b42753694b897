import { inspect } from 'node:util';

/**
 * An error that may be shown to whoever asked: a sentence for people, a code for programs.
 * Anything else that is thrown is a fault of ours and shown as `internal_error`.
 */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';

  constructor(
    /** snake_case, part of the outside contract */
    readonly code: string,
    message: string,
    /** the HTTP status that fits */
    readonly httpStatus = 400,
    readonly details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A configuration value that makes no sense: stops the start (exit code 1) with its one line. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The text of anything that was thrown; libraries throw strings too. */
export function errorText(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(errorText).join('; ');
  }
  if (thrown instanceof Error) return thrown.message === '' ? thrown.name : thrown.message;
  return typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2 });
}

/** Node's and PostgreSQL's error code (`ECONNREFUSED`, `23505`), where there is one. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** What node and pg say when the database cannot be reached, or goes away in the middle of something. */
const awayMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
/**
 * SQLSTATE class 08 (connection exception), 57P01 to 57P04 (the server is stopping or starting, the database was
 * dropped), 3D000 (it is not there), class 28 (the login is refused), 53300 (no connection is left) and 25006 (it takes
 * no writes: it is a standby).
 */
const awayCodes =
  /^(08...|57P0[1234]|3D000|28...|53300|25006|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)$/;

/** Is this a database out of reach, rather than a fault of ours? */
export function isDatabaseAway(thrown: unknown): boolean {
  return awayCodes.test(errorCode(thrown) ?? '') || awayMessages.test(errorText(thrown));
}

/** Work that was not waited for any longer; it may go on. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor(waitedMs: number) {
    super(`No answer within ${waitedMs / 1000} seconds.`);
  }
}

/** A statement that was cut off because its time was over (query_canceled), or was not waited for any longer. */
export function isTooSlow(thrown: unknown): boolean {
  return thrown instanceof NoAnswerError || errorCode(thrown) === '57014';
}

/** 503: nothing is wrong with the request, it can be sent again. */
export function databaseAway(cause: unknown): GatewayError {
  return new GatewayError(
    'database_unavailable',
    'The database is out of reach. Try again.',
    503,
    undefined,
    { cause },
  );
}

/** 503: the same may be quick enough at another time, or when less is asked for. */
export function databaseTooSlow(cause: unknown): GatewayError {
  return new GatewayError(
    'too_slow',
    'The database took too long. Try again, or narrow it down, by dates for example.',
    503,
    undefined,
    { cause },
  );
}
