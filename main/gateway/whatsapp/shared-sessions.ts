import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { SharedRelay } from '../storage/open-relay';
import {
  sessionMessageSchema,
  toAnswerError,
  toState,
  type SessionAnswer,
  type SessionMessage,
  type SessionRequest,
} from './session-messages';
import type { SessionOwners } from './session-owners';
import type { SessionState } from './session-record';
import type { WhatsAppSessions } from './whatsapp-sessions';

/** Longer than a browser takes to start and WhatsApp to answer. */
const answerWithinMs = 180_000;
const tellOfWorkEveryMs = 50;
/** Who lives is read every few seconds: one that was heard of since lives, too. */
const heardCountsForMs = 30_000;

interface Elsewhere {
  readonly instance: number;
  readonly state: SessionState;
  readonly heardAtMs: number;
}

interface Question {
  readonly to: number;
  readonly resolve: (answer: SessionAnswer) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Sessions of several gateways as if they were one's own: a session runs in one of them, the others know its state and
 * hand it what a person wants. A gateway that is alone does everything itself and tells nobody.
 */
export function shareSessions(parts: {
  readonly local: WhatsAppSessions;
  readonly owners: SessionOwners;
  readonly relay: SharedRelay;
  readonly signals: Signals;
  readonly logger: Logger;
  /** another gateway has stored messages for a session that runs here */
  readonly onWork: (customerId: string) => void;
}): WhatsAppSessions {
  const { local, owners, relay, signals } = parts;
  const elsewhere = new Map<string, Elsewhere>();
  const questions = new Map<number, Question>();
  const toldOfWork = new Map<string, NodeJS.Timeout>();
  let lastKey = 0;
  let lastHeardMs = -Infinity;

  const say = (to: number | undefined, message: SessionMessage): void => relay.send(to, message);

  function tellState(to: number | undefined, customerId: string): void {
    const state = owners.isOurs(customerId) ? local.peek(customerId) : undefined;
    if (state) say(to, { t: 'session', c: customerId, state });
  }

  function tellAll(to: number | undefined): void {
    for (const { customerId } of local.list()) tellState(to, customerId);
  }

  const unsubscribe = signals.on('whatsapp.state', ({ customerId }) => {
    const isAlone = relay.othersAlive().length === 0 && performance.now() - lastHeardMs > heardCountsForMs;
    if (!isAlone) tellState(undefined, customerId);
  });

  /** Closes its browser, if there is one here. */
  function forgetHere(customerId: string): Promise<void> {
    return local.forget(customerId).catch((thrown: unknown) =>
      parts.logger.warn('whatsapp.session_close_failed', 'whatsapp session could not be closed cleanly', {
        customer_id: customerId,
        error: errorText(thrown),
      }),
    );
  }

  function noteElsewhere(customerId: string, instance: number, state: SessionState): void {
    if (owners.isOurs(customerId)) return;
    // What is remembered here of before is not true any more.
    if (!elsewhere.has(customerId)) void forgetHere(customerId);
    elsewhere.set(customerId, { instance, state, heardAtMs: performance.now() });
    signals.emit('whatsapp.state', { customerId });
  }

  function forgetElsewhere(customerId: string): void {
    if (!elsewhere.delete(customerId)) return;
    // From the database, as its gateway left it.
    local.status(customerId).then(
      () => signals.emit('whatsapp.state', { customerId }),
      () => undefined,
    );
  }

  relay.listen({
    onConnected() {
      say(undefined, { t: 'sessions?' });
      tellAll(undefined);
    },
    onMessage(from, heard) {
      const read = sessionMessageSchema.safeParse(heard);
      if (!read.success) return;
      lastHeardMs = performance.now();
      const message = read.data;
      switch (message.t) {
        case 'sessions?':
          tellAll(from);
          break;
        case 'session':
          noteElsewhere(message.c, from, toState(message.state));
          break;
        case 'session work':
          parts.onWork(message.c);
          break;
        case 'session request':
          void answer(message.c, message.request).then((found) =>
            say(from, { t: 'session answer', k: message.k, answer: found }),
          );
          break;
        case 'session answer':
          questions.get(message.k)?.resolve(message.answer);
      }
    },
  });

  owners.listen({
    lost: (customerId) =>
      void forgetHere(customerId).then(() => signals.emit('whatsapp.state', { customerId })),
    vacant(customerId) {
      forgetElsewhere(customerId);
      void local.start([customerId]);
    },
    looked(askedAtMs) {
      for (const [customerId, { instance, heardAtMs }] of elsewhere) {
        const owner = owners.otherOf(customerId);
        const isTrue = owner?.isLiving === true && owner.instance === instance;
        if (!isTrue && heardAtMs < askedAtMs) forgetElsewhere(customerId);
      }
      for (const { to, reject } of questions.values()) {
        if (!relay.othersAlive().includes(to)) reject(goneAway());
      }
    },
  });

  /** What another gateway was asked for by a person. */
  async function answer(customerId: string, request: SessionRequest) {
    try {
      await requireOurs(customerId);
      switch (request.do) {
        case 'connect':
          return { state: await local.connect(customerId, { method: request.way }) };
        case 'offer code':
          return { state: await local.waitForQr(customerId, request.timeoutMs) };
        case 'pair': {
          const { phone, defaultCountry } = request;
          return { code: await local.requestPairingCode(customerId, phone, defaultCountry) };
        }
        case 'log out':
          return { state: await local.logout(customerId) };
      }
    } catch (thrown) {
      return { error: toAnswerError(thrown) };
    }
  }

  async function requireOurs(customerId: string): Promise<void> {
    if (await owners.claim(customerId, true)) return;
    const host = owners.otherOf(customerId)?.host ?? 'another machine';
    throw new GatewayError('session_elsewhere', `The gateway on ${host} runs this session. Try again.`, 503);
  }

  function ask(to: number, customerId: string, request: SessionRequest): Promise<SessionAnswer> {
    lastKey += 1;
    const key = lastKey;
    return new Promise<SessionAnswer>((resolve, reject) => {
      const timer = setTimeout(() => reject(goneAway()), answerWithinMs);
      const end =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          questions.delete(key);
          settle(value);
        };
      questions.set(key, { to, resolve: end(resolve), reject: end(reject) });
      say(to, { t: 'session request', k: key, c: customerId, request });
    });
  }

  /** @returns the answer of the gateway that runs it; undefined: this one does, from now on if need be */
  async function askOwner(customerId: string, request: SessionRequest): Promise<SessionAnswer | undefined> {
    if (await owners.claim(customerId, true)) {
      elsewhere.delete(customerId);
      return undefined;
    }
    const owner = owners.otherOf(customerId);
    if (!owner) throw goneAway();
    const found = await ask(owner.instance, customerId, request);
    if (found.error) throw new GatewayError(found.error.code, found.error.message, found.error.httpStatus);
    return found;
  }

  async function stateFrom(
    customerId: string,
    request: SessionRequest,
    here: () => Promise<SessionState>,
  ): Promise<SessionState> {
    const found = await askOwner(customerId, request);
    if (!found) return here();
    if (!found.state) throw goneAway();
    return toState(found.state);
  }

  /** The gateway that ran it is away, and its login with it. */
  function withReason(customerId: string, state: SessionState): SessionState {
    const owner = owners.otherOf(customerId);
    if (!owner || owner.isLiving || owner.home === owners.home || !state.isPaired) return state;
    return {
      ...state,
      waitsForPerson: true,
      error: `Its login is on ${owner.host}, where the gateway is not running. Start that one, or link again here.`,
    };
  }

  function peek(customerId: string): SessionState | undefined {
    const known = elsewhere.get(customerId)?.state;
    if (known) return known;
    const state = local.peek(customerId);
    return state && withReason(customerId, state);
  }

  async function requestPairingCode(
    customerId: string,
    phone: string,
    defaultCountry?: string,
  ): Promise<string> {
    const found = await askOwner(customerId, { do: 'pair', phone, defaultCountry });
    if (!found) return local.requestPairingCode(customerId, phone, defaultCountry);
    if (found.code === undefined) throw goneAway();
    return found.code;
  }

  return {
    ...local,
    async connect(customerId, way) {
      if (way.method !== 'pairing') {
        const request = { do: 'connect', way: way.method } as const;
        return stateFrom(customerId, request, () => local.connect(customerId, way));
      }
      await requestPairingCode(customerId, way.phone, way.defaultCountry);
      return elsewhere.get(customerId)?.state ?? local.status(customerId);
    },
    waitForQr: (customerId, timeoutMs) =>
      stateFrom(customerId, { do: 'offer code', timeoutMs }, () => local.waitForQr(customerId, timeoutMs)),
    requestPairingCode,
    async status(customerId) {
      return elsewhere.get(customerId)?.state ?? withReason(customerId, await local.status(customerId));
    },
    peek,
    logout: (customerId) => stateFrom(customerId, { do: 'log out' }, () => local.logout(customerId)),
    list() {
      const here = local
        .list()
        .filter(({ customerId }) => !elsewhere.has(customerId))
        .map(({ customerId, state }) => ({ customerId, state: withReason(customerId, state) }));
      return [...here, ...[...elsewhere].map(([customerId, { state }]) => ({ customerId, state }))];
    },
    elsewhere(customerId) {
      const owner = owners.otherOf(customerId);
      if (owner?.isLiving !== true) return undefined;
      return {
        state: elsewhere.get(customerId)?.state,
        tellOfWork() {
          if (toldOfWork.has(customerId)) return;
          const timer = setTimeout(() => {
            toldOfWork.delete(customerId);
            say(owner.instance, { t: 'session work', c: customerId });
          }, tellOfWorkEveryMs);
          toldOfWork.set(customerId, timer);
        },
      };
    },
    async forget(customerId) {
      elsewhere.delete(customerId);
      await local.forget(customerId);
    },
    async stop() {
      unsubscribe();
      for (const timer of toldOfWork.values()) clearTimeout(timer);
      for (const { reject } of [...questions.values()]) reject(goneAway());
      await local.stop();
      await owners.stop();
    },
  };
}

const goneAway = () =>
  new GatewayError(
    'session_elsewhere',
    'The gateway that runs this session does not answer. Try again.',
    503,
  );
