/** One finding of the doctor: `warn` works, but somebody should look; `fail` does not work. */
export interface Check {
  /** such as `database`, `tenant ACC003` */
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** one sentence */
  readonly message: string;
}

export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message };
}

export function warn(name: string, message: string): Check {
  return { name, status: 'warn', message };
}

export function fail(name: string, message: string): Check {
  return { name, status: 'fail', message };
}
