import { GatewayError } from '../errors';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';

/** What somebody who is signed in to the console of a headless gateway may change about their own signing in. */
export function createLoginHandlers({
  login,
  audit,
  confirmations,
}: Pick<ConsoleParts, 'login' | 'audit' | 'confirmations'>): ConsoleHandlers<
  'login.setPassword' | 'login.confirm'
> {
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
      const { person } = caller;
      const isRight = await confirmations.guess(caller, current ?? '');
      if (!isRight && (person || (await login.hasPassword()))) {
        throw new GatewayError('wrong_password', 'The present password is not right.', 403, [
          { path: 'current', message: 'is not right' },
        ]);
      }
      await (person ? login.people.setPassword(person.id, password) : login.setPassword(password));
      await audit.record({
        actor: caller.actor,
        action: person ? 'person.password_set' : 'console.password_set',
        customerId: null,
        ...(person ? { detail: { person: person.name } } : {}),
      });
      return {};
    },
    async 'login.confirm'({ password }, caller) {
      await confirmations.confirm(caller, password);
      return {};
    },
  };
}
