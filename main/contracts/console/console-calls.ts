import { type z } from 'zod';
import { alertCalls } from './alert-calls';
import { type ConsoleCall } from './define-call';
import { desktopCalls } from './desktop-calls';
import { gatewayCalls } from './gateway-calls';
import { historyCalls } from './history-calls';
import { newTenantCalls } from './new-tenant-calls';
import { overviewCalls } from './overview-calls';
import { peopleCalls } from './people-calls';
import { settingsCalls } from './settings-calls';
import { tenantCalls } from './tenant-calls';
import { whatsAppCalls } from './whatsapp-calls';

/** Everything that a console may ask of the gateway, over IPC and over Socket.IO alike; call-roles.ts says who may. */
export const consoleCalls = {
  ...gatewayCalls,
  ...overviewCalls,
  ...tenantCalls,
  ...newTenantCalls,
  ...whatsAppCalls,
  ...historyCalls,
  ...settingsCalls,
  ...alertCalls,
  ...peopleCalls,
} satisfies Record<string, ConsoleCall>;

/** And what the desktop's shell answers besides. */
export const allCalls = { ...consoleCalls, ...desktopCalls };

type Calls = typeof allCalls;
export type ConsoleCallName = keyof typeof consoleCalls;
export type DesktopCallName = keyof typeof desktopCalls;
export type CallName = keyof Calls;
export type CallInput<N extends CallName> = z.input<Calls[N]['input']>;
/** As the implementation gets it: checked. */
export type CheckedInput<N extends CallName> = z.output<Calls[N]['input']>;
export type CallOutput<N extends CallName> = z.output<Calls[N]['output']>;

export interface CallProblem {
  /** snake_case */
  readonly code: string;
  /** a sentence for people */
  readonly message: string;
  /** `[{path, message}]` where fields are wrong */
  readonly details?: unknown;
}

export type CallAnswer<N extends CallName = CallName> =
  | { readonly ok: true; readonly value: CallOutput<N> }
  | { readonly ok: false; readonly problem: CallProblem };

/** The answer that says no. */
export const callProblem = (code: string, message: string, details?: unknown): CallAnswer => ({
  ok: false,
  problem: { code, message, ...(details === undefined ? {} : { details }) },
});
