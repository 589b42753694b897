/** A failure that the page can show: a sentence for people, a code for programs, as the gateway's own errors. */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(
    /** the gateway's code (`invalid_event`, `rate_limited`, …) or one of this script's (`timed_out`, …) */
    readonly code: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
  }
}

/** The error in an answer of the gateway or of the PHP app; `fallback` where it gives no sentence. */
export function readPageError(answer: unknown, fallback: string, fallbackCode: string): PageError {
  const fields = readFields(answer);
  const message = typeof fields['error'] === 'string' && fields['error'] !== '' ? fields['error'] : fallback;
  return new PageError(
    typeof fields['code'] === 'string' ? fields['code'] : fallbackCode,
    message,
    fields['details'],
  );
}

/** Anything that was thrown; what is no PageError is a fault of this script. */
export function toPageError(thrown: unknown): PageError {
  if (thrown instanceof PageError) return thrown;
  return new PageError('script_failed', thrown instanceof Error ? thrown.message : String(thrown));
}

/** What came from outside, as fields to be looked at one by one. */
export function readFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
