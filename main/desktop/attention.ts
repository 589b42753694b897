import type { CallOutput } from '../contracts/console/console-calls';
import type { ConsolePush } from '../contracts/console/console-pushes';
import type { Attention } from '../contracts/console/overview-calls';
import type { GatewayConsole } from '../gateway/console/gateway-console';
import type { DesktopGateway } from './desktop-gateway';

/** The shell listens like a window of its own: tray, notifications and sleep go by what is told there. */
const shellCaller = { actor: 'console', windowId: 'shell', role: 'operator' } as const;
/** Counting costs queries, and a tray icon need not know it sooner. */
const countAtMostEveryMs = 3_000;
/** Messages become due, and are given up, without a word to windows that count. */
const countAtLeastEveryMs = 60_000;

interface GatewayWork {
  /** what needs a person */
  readonly attention: readonly Attention[];
  /** messages that wait to be sent; those that wait for a person, on hold or of a paused tenant, are left out */
  readonly waiting: number;
  readonly sending: number;
  /** within the last 24 hours */
  readonly failed: number;
}

export interface AttentionWatch {
  now(): GatewayWork;
  onChange(listener: (work: GatewayWork) => void): void;
}

const nothing: GatewayWork = { attention: [], waiting: 0, sending: 0, failed: 0 };

function countWork({ channels, attention }: CallOutput<'overview.get'>): GatewayWork {
  const sum = (count: (channel: (typeof channels)[number]) => number) =>
    channels.reduce((total, channel) => total + count(channel), 0);
  return {
    attention,
    waiting: sum(({ waiting, held, paused }) => Math.max(0, waiting - held - paused)),
    sending: sum(({ sending }) => sending),
    failed: sum(({ failed }) => failed),
  };
}

/** What the gateway does and what it wants of a person, as long as it runs. */
export function setupAttention(gateway: DesktopGateway): AttentionWatch {
  const listeners = new Set<(work: GatewayWork) => void>();
  let work = nothing;
  let unsubscribe: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let countedAt = -Infinity;

  function set(next: GatewayWork): void {
    work = next;
    for (const listener of listeners) listener(work);
  }

  function countIn(delayMs: number, console: GatewayConsole): void {
    clearTimeout(timer);
    timer = setTimeout(() => void count(console), delayMs);
  }

  async function count(console: GatewayConsole): Promise<void> {
    countedAt = performance.now();
    const answer = await console.call('overview.get', {}, shellCaller);
    // Meanwhile it may have been stopped.
    if (gateway.console() !== console) return;
    if (answer.ok) set(countWork(answer.value as CallOutput<'overview.get'>));
    countIn(countAtLeastEveryMs, console);
  }

  function follow(console: GatewayConsole | undefined): void {
    unsubscribe?.();
    unsubscribe = undefined;
    clearTimeout(timer);
    if (!console) {
      set(nothing);
      return;
    }
    unsubscribe = console.subscribe(shellCaller, (push: ConsolePush) => {
      if (push.name === 'overview.changed') set({ ...work, attention: push.payload.attention });
      else if (push.name !== 'deliveries.changed') return;
      countIn(Math.max(0, countedAt + countAtMostEveryMs - performance.now()), console);
    });
    void count(console);
  }

  gateway.onState(() => follow(gateway.console()));
  return {
    now: () => work,
    onChange: (listener) => void listeners.add(listener),
  };
}
