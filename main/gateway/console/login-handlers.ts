import { createAddressLimit } from '../auth/rate-limits';
import { GatewayError } from '../errors';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';

const guessesPerMinute = 10;

/** What somebody who is signed in to the console of a headless gateway may change about signing in. */
export function createLoginHandlers({
  login,
  audit,
}: Pick<ConsoleParts, 'login' | 'audit'>): ConsoleHandlers<'login.setPassword'> {
  const guesses = createAddressLimit(guessesPerMinute, 'attempts to change the password in a minute');
  return {
    async 'login.setPassword'({ current, password }, caller) {
      if (!login) {
        throw new GatewayError(
          'not_available',
          'The console of this gateway is not opened in browsers.',
          404,
        );
      }
      // An open page that somebody left must not be enough to lock its owner out.
      await guesses.take(caller.actor);
      if ((await login.hasPassword()) && !(await login.checkPassword(current ?? ''))) {
        throw new GatewayError('wrong_password', 'The present password is not right.', 403, [
          { path: 'current', message: 'is not right' },
        ]);
      }
      await login.setPassword(password);
      await audit.record({ actor: caller.actor, action: 'console.password_set', customerId: null });
      return {};
    },
  };
}
