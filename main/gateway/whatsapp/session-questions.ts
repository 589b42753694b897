import { GatewayError } from '../errors';
import type { SessionAnswer, SessionMessage, SessionRequest } from './session-messages';

/** A browser starts, and WhatsApp answers; besides, where a code is waited for, that time. */
const answerWithinMs = 60_000;
const onItsWayMs = 3_000;

/** What other gateways are asked for, and have not answered yet. */
interface SessionQuestions {
  /** @param to a gateway's instance. @throws GatewayError `session_elsewhere` (503) where no answer comes */
  ask(to: number, customerId: string, request: SessionRequest): Promise<SessionAnswer>;
  answer(key: number, answer: SessionAnswer): void;
  /** Of those that are gone, nothing is waited for. */
  giveUp(isGone: (to: number, customerId: string) => boolean): void;
}

interface Question {
  readonly to: number;
  readonly customerId: string;
  readonly resolve: (answer: SessionAnswer) => void;
  readonly reject: (thrown: unknown) => void;
}

export function createSessionQuestions(say: (to: number, message: SessionMessage) => void): SessionQuestions {
  const open = new Map<number, Question>();
  let lastKey = 0;
  return {
    ask(to, customerId, request) {
      lastKey += 1;
      const key = lastKey;
      return new Promise<SessionAnswer>((resolve, reject) => {
        const waitMs = request.do === 'offer code' ? request.timeoutMs + onItsWayMs : answerWithinMs;
        const timer = setTimeout(() => open.get(key)?.reject(goneAway()), waitMs);
        const end =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            clearTimeout(timer);
            open.delete(key);
            settle(value);
          };
        open.set(key, { to, customerId, resolve: end(resolve), reject: end(reject) });
        say(to, { t: 'session request', k: key, c: customerId, request });
      });
    },
    answer: (key, answer) => open.get(key)?.resolve(answer),
    giveUp(isGone) {
      for (const { to, customerId, reject } of [...open.values()]) {
        if (isGone(to, customerId)) reject(goneAway());
      }
    },
  };
}

export const goneAway = () =>
  new GatewayError(
    'session_elsewhere',
    "The gateway that runs this session isn't answering. Try again.",
    503,
  );
