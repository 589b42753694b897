import type { ConsoleLogin } from '../auth/console-login';
import type { LimitCounter } from '../auth/limit-windows';
import { createAddressLimit } from '../auth/rate-limits';
import { GatewayError } from '../errors';
import type { ConsoleCaller } from './console-caller';

/** Who asks. */
type Caller = Pick<ConsoleCaller, 'actor' | 'windowId' | 'person'>;

/** How long a password that was given again counts, for the page that it was given in. */
const confirmedForMs = 5 * 60_000;
const guessesPerMinute = 10;

/** Asks whoever is signed in at a browser for their own password again, before what touches security. */
export interface Confirmations {
  /**
   * Passes where there is nothing to ask: in the desktop app, and as long as the console has no password.
   * @throws GatewayError `password_needed` (403)
   */
  require(caller: Caller): Promise<void>;
  /** @throws GatewayError `wrong_password` (403), RateLimitError after ten guesses in a minute */
  confirm(caller: Caller, password: string): Promise<void>;
  /** Is this the present password? Counted as a guess. @throws RateLimitError */
  guess(caller: Caller, password: string): Promise<boolean>;
}

/** @param counter of the gateways together; by default this process counts for itself */
export function createConfirmations(login: ConsoleLogin | undefined, counter?: LimitCounter): Confirmations {
  const guesses = createAddressLimit(guessesPerMinute, 'attempts to give the password in a minute', counter);
  const confirmedUntil = new Map<string, number>();

  async function guess(caller: Caller, password: string): Promise<boolean> {
    const { actor, person } = caller;
    await guesses.take(person ? `person ${person.id}` : actor);
    if (login === undefined) return false;
    return person
      ? (await login.people.checkPassword(person.id, password)) !== undefined
      : login.checkPassword(password);
  }

  return {
    guess,
    async require({ windowId, person }) {
      // Everybody who signed in by name has a password of their own.
      if (!login || !(person || (await login.hasPassword()))) return;
      if ((confirmedUntil.get(windowId) ?? 0) > Date.now()) return;
      throw new GatewayError('password_needed', 'This touches security: give your password again.', 403);
    },
    async confirm(caller, password) {
      if (!(await guess(caller, password))) {
        const whose = caller.person ? 'your password' : 'the password of this console';
        throw new GatewayError('wrong_password', `That is not ${whose}.`, 403, [
          { path: 'password', message: 'is not right' },
        ]);
      }
      const now = Date.now();
      for (const [windowId, until] of confirmedUntil) if (until <= now) confirmedUntil.delete(windowId);
      confirmedUntil.set(caller.windowId, now + confirmedForMs);
    },
  };
}
