import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { SharedRelay } from '../storage/open-relay';
import {
  sessionMessageSchema,
  unknownRequestSchema,
  toAnswerError,
  toState,
  type SessionAnswer,
  type SessionMessage,
  type SessionRequest,
} from './session-messages';
import { explainElsewhere, type ClaimBy, type SessionOwners } from './session-owners';
import { createSessionQuestions, goneAway } from './session-questions';
import type { SessionState } from './session-record';
import type { WhatsAppSessions } from './whatsapp-sessions';
import { createWorkNotices } from './work-notices';

/** Who lives is read every few seconds: one that was heard of since lives, too. */
const heardCountsForMs = 30_000;
const askAgainAfterMs = 30_000;

interface Elsewhere {
  readonly instance: number;
  readonly state: SessionState;
  readonly heardAtMs: number;
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
  /** when a gateway was asked for the states of its sessions */
  const askedAtMs = new Map<number, number>();
  let lastHeardMs = -Infinity;

  const say = (to: number | undefined, message: SessionMessage): void => relay.send(to, message);
  const questions = createSessionQuestions(say);
  const work = createWorkNotices(say);

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
    return local.abandon(customerId).catch((thrown: unknown) =>
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
      if (!read.success) {
        refuseUnknown(from, heard);
        return;
      }
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
          questions.answer(message.k, message.answer);
      }
    },
  });

  /** It answers with all of them: not at every look where one has nothing to tell. */
  function askForStates(instance: number): void {
    const now = performance.now();
    for (const [asked, atMs] of askedAtMs) if (now - atMs >= askAgainAfterMs) askedAtMs.delete(asked);
    if (askedAtMs.has(instance)) return;
    askedAtMs.set(instance, now);
    say(instance, { t: 'sessions?' });
  }

  /** Of a newer gateway: it must not wait for an answer that never comes. */
  function refuseUnknown(from: number, heard: unknown): void {
    const request = unknownRequestSchema.safeParse(heard);
    if (!request.success) return;
    const error = {
      code: 'session_elsewhere',
      message: 'This session runs on a gateway with an older version. Update it, then try again.',
      httpStatus: 503,
    };
    say(from, { t: 'session answer', k: request.data.k, answer: { error } });
  }

  owners.listen({
    taken(customerId) {
      elsewhere.delete(customerId);
      void forgetHere(customerId);
    },
    lost: (customerId) =>
      void forgetHere(customerId).then(() => signals.emit('whatsapp.state', { customerId })),
    vacant(customerIds) {
      for (const customerId of customerIds) elsewhere.delete(customerId);
      // Its row says how it was left, and not what is remembered here.
      void Promise.all(customerIds.map(forgetHere)).then(() => local.start(customerIds));
    },
    isInDoubt: () => elsewhere.size > 0,
    looked(lookedAtMs) {
      for (const [customerId, { instance, heardAtMs }] of elsewhere) {
        const owner = owners.otherOf(customerId);
        const isTrue = owner?.isLiving === true && owner.instance === instance;
        if (!isTrue && heardAtMs < lookedAtMs) forgetElsewhere(customerId);
      }
      const silent = owners
        .others()
        .filter(({ customerId, instance, isLiving }) => {
          return isLiving && elsewhere.get(customerId)?.instance !== instance;
        })
        .map(({ instance }) => instance);
      for (const instance of new Set(silent)) askForStates(instance);
      questions.giveUp(
        (to, customerId) =>
          !relay.othersAlive().includes(to) && owners.otherOf(customerId)?.isLiving !== true,
      );
    },
  });

  /** What another gateway was asked for by a person. */
  async function answer(customerId: string, request: SessionRequest) {
    try {
      await requireOurs(customerId);
      switch (request.do) {
        case 'connect': {
          const { way } = request;
          return { state: await runHere(customerId, () => local.connect(customerId, { method: way })) };
        }
        case 'offer code': {
          const { timeoutMs } = request;
          return { state: await runHere(customerId, () => local.waitForQr(customerId, timeoutMs)) };
        }
        case 'pair': {
          const { phone, defaultCountry } = request;
          const pair = () => local.requestPairingCode(customerId, phone, defaultCountry);
          return { code: await runHere(customerId, pair) };
        }
        case 'log out':
          return { state: await logOutHere(customerId, request.forget) };
      }
    } catch (thrown) {
      return { error: toAnswerError(thrown) };
    }
  }

  async function requireOurs(customerId: string): Promise<void> {
    if (await owners.claim(customerId, 'page')) return;
    const host = owners.otherOf(customerId)?.host ?? 'another machine';
    throw new GatewayError('session_elsewhere', `The gateway on ${host} runs this session. Try again.`, 503);
  }

  /** @returns the answer of the gateway that runs it; undefined: this one does, from now on if need be */
  async function askOwner(
    customerId: string,
    request: SessionRequest,
    by: ClaimBy,
  ): Promise<SessionAnswer | undefined> {
    // Nothing is lost where nobody has linked a phone.
    const isPaired = owners.isOurs(customerId) || (await local.status(customerId)).isPaired;
    if (await owners.claim(customerId, isPaired ? by : 'operator')) return undefined;
    const owner = owners.otherOf(customerId);
    if (!owner) throw goneAway();
    const found = await questions.ask(owner.instance, customerId, request);
    if (found.error) throw new GatewayError(found.error.code, found.error.message, found.error.httpStatus);
    return found;
  }

  /** A session that cannot run here is another gateway's to try. */
  async function runHere<T>(customerId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (local.isIdle(customerId)) {
        await owners.release(customerId, local.peek(customerId)?.isPaired === true);
      }
      throw thrown;
    }
  }

  async function stateFrom(
    customerId: string,
    request: SessionRequest,
    by: ClaimBy,
    here: () => Promise<SessionState>,
  ): Promise<SessionState> {
    const found = await askOwner(customerId, request, by);
    if (!found) return runHere(customerId, here);
    if (!found.state) throw goneAway();
    return toState(found.state);
  }

  async function logOutHere(customerId: string, forget?: boolean): Promise<SessionState> {
    const state = await local.logout(customerId, forget);
    await owners.release(customerId, false);
    return state;
  }

  /** The gateway that ran it is away, and its login with it. */
  function withReason(customerId: string, state: SessionState): SessionState {
    const owner = owners.otherOf(customerId);
    if (!owner || owner.isLiving || owner.home === owners.home || !state.isPaired) return state;
    return { ...state, waitsForPerson: true, error: explainElsewhere(owner.host) };
  }

  /** as another gateway told it */
  const heardOf = (customerId: string): SessionState | undefined =>
    owners.isOurs(customerId) ? undefined : elsewhere.get(customerId)?.state;

  async function status(customerId: string): Promise<SessionState> {
    return heardOf(customerId) ?? withReason(customerId, await local.status(customerId));
  }

  function peek(customerId: string): SessionState | undefined {
    const heard = heardOf(customerId);
    if (heard) return heard;
    const state = local.peek(customerId);
    return state && withReason(customerId, state);
  }

  async function requestPairingCode(
    customerId: string,
    phone: string,
    defaultCountry?: string,
    by: ClaimBy = 'page',
  ): Promise<string> {
    const found = await askOwner(customerId, { do: 'pair', phone, defaultCountry }, by);
    if (!found) return runHere(customerId, () => local.requestPairingCode(customerId, phone, defaultCountry));
    if (found.code === undefined) throw goneAway();
    return found.code;
  }

  return {
    ...local,
    async connect(customerId, way, by = 'operator') {
      if (way.method !== 'pairing') {
        const request = { do: 'connect', way: way.method } as const;
        return stateFrom(customerId, request, by, () => local.connect(customerId, way));
      }
      await requestPairingCode(customerId, way.phone, way.defaultCountry);
      return status(customerId);
    },
    waitForQr: (customerId, timeoutMs) =>
      stateFrom(customerId, { do: 'offer code', timeoutMs }, 'page', () =>
        local.waitForQr(customerId, timeoutMs),
      ),
    requestPairingCode,
    status,
    peek,
    logout: (customerId, forget) =>
      stateFrom(customerId, { do: 'log out', forget }, 'operator', () => logOutHere(customerId, forget)),
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
        host: owner.host,
        tellOfWork: (waiting = customerId) => work.tell(owner.instance, waiting),
      };
    },
    async forget(customerId) {
      elsewhere.delete(customerId);
      owners.forget(customerId);
      await local.forget(customerId);
    },
    async stop() {
      unsubscribe();
      work.stop();
      questions.giveUp(() => true);
      await local.stop();
      await owners.stop();
    },
  };
}
