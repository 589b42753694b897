import { z } from 'zod';
import { sessionStatusSchema } from '../../contracts/statuses';
import { errorText, GatewayError } from '../errors';
import type { SessionState } from './session-record';

const moment = z.iso.datetime().transform((text) => new Date(text));

const stateSchema = z.object({
  status: sessionStatusSchema,
  lastUpdated: moment,
  since: moment,
  qrCode: z.string().optional(),
  qrRefreshesAt: moment.optional(),
  qrOfferEndsAt: moment.optional(),
  pairingCode: z.string().optional(),
  error: z.string().optional(),
  phone: z.string().optional(),
  browser: z.enum(['own', 'installed']),
  isPaired: z.boolean(),
  // An older gateway does not say.
  wasPaired: z.boolean().default(true),
  waitsForPerson: z.boolean(),
  nextAttemptAt: moment.optional(),
});

/** What a person wants of a session that another gateway runs. */
const requestSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('connect'), way: z.enum(['qr', 'visible']) }),
  z.object({ do: z.literal('offer code'), timeoutMs: z.number() }),
  z.object({ do: z.literal('pair'), phone: z.string(), defaultCountry: z.string().optional() }),
  z.object({ do: z.literal('log out'), forget: z.boolean().optional() }),
]);
export type SessionRequest = z.output<typeof requestSchema>;

const answerSchema = z.object({
  state: stateSchema.optional(),
  code: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string(), httpStatus: z.number() }).optional(),
});
export type SessionAnswer = z.output<typeof answerSchema>;

/** What gateways say to each other of WhatsApp sessions. */
export const sessionMessageSchema = z.discriminatedUnion('t', [
  /** I am new, or may have missed something: which sessions do you run, and how are they? */
  z.object({ t: z.literal('sessions?') }),
  z.object({ t: z.literal('session'), c: z.string(), state: stateSchema }),
  /** messages of this tenant wait for your session */
  z.object({ t: z.literal('session work'), c: z.string() }),
  z.object({ t: z.literal('session request'), k: z.number(), c: z.string(), request: requestSchema }),
  z.object({ t: z.literal('session answer'), k: z.number(), answer: answerSchema }),
]);
/** What is left of a request that is not understood. */
export const unknownRequestSchema = z.object({ t: z.literal('session request'), k: z.number() });

/** as it is sent: dates become texts on their way */
export type SessionMessage =
  | { readonly t: 'sessions?' }
  | { readonly t: 'session'; readonly c: string; readonly state: SessionState }
  | { readonly t: 'session work'; readonly c: string }
  | {
      readonly t: 'session request';
      readonly k: number;
      readonly c: string;
      readonly request: SessionRequest;
    }
  | { readonly t: 'session answer'; readonly k: number; readonly answer: SentAnswer };

interface SentAnswer {
  readonly state?: SessionState;
  readonly code?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly httpStatus: number };
}

export type HeardState = z.output<typeof stateSchema>;

/** Optional in JSON is undefined here. */
export function toState(heard: HeardState): SessionState {
  return {
    ...heard,
    qrCode: heard.qrCode,
    qrRefreshesAt: heard.qrRefreshesAt,
    qrOfferEndsAt: heard.qrOfferEndsAt,
    pairingCode: heard.pairingCode,
    error: heard.error,
    phone: heard.phone,
    nextAttemptAt: heard.nextAttemptAt,
  };
}

export function toAnswerError(thrown: unknown): NonNullable<SentAnswer['error']> {
  if (thrown instanceof GatewayError) {
    return { code: thrown.code, message: thrown.message, httpStatus: thrown.httpStatus };
  }
  return { code: 'whatsapp_unavailable', message: errorText(thrown), httpStatus: 503 };
}
