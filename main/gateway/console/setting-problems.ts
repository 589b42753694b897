import { GatewayError } from '../errors';
import type { SettingProblem } from '../tenants/check-settings';

/** Problems of settings in the form that every form of the console shows: `[{path, message}]`. */
export function withPaths(thrown: unknown): unknown {
  if (!(thrown instanceof GatewayError)) return thrown;
  const { code, message, httpStatus, details } = thrown;
  if (code === 'invalid_setting') {
    const problems = (details as readonly SettingProblem[]).map((problem) => ({
      path: problem.setting,
      message: problem.message,
    }));
    return new GatewayError('invalid_settings', message, httpStatus, problems);
  }
  if (code === 'unknown_setting') {
    const { unknown } = details as { readonly unknown: readonly string[] };
    const problems = unknown.map((path) => ({ path, message: 'is not known' }));
    return new GatewayError('invalid_settings', message, httpStatus, problems);
  }
  return thrown;
}
