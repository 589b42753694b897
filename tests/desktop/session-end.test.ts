import { expect, test, vi } from 'vitest';
import type { QuitOptions } from '../../main/desktop/orderly-quit';
import { setupSessionEnd } from '../../main/desktop/session-end';

vi.mock('electron', () => ({ BrowserWindow: vi.fn() }));

/** A desktop whose hidden window Windows speaks to. */
function desktop(platform: NodeJS.Platform) {
  const listeners = new Map<string, (event: never) => void>();
  const quits: (QuitOptions | undefined)[] = [];
  let refused = 0;
  setupSessionEnd({
    platform,
    quit: { isQuitting: () => false, quit: (options) => void quits.push(options) },
    refuseUpdates: () => (refused += 1),
    makeWindow: () => ({ on: (name, listener) => listeners.set(name, listener) }),
  });
  return {
    listeners,
    quits,
    refused: () => refused,
    /** Returns whether Windows is held up. */
    tell: (name: string, ...reasons: string[]) => {
      let isHeldUp = false;
      listeners.get(name)?.({ reasons, preventDefault: () => (isHeldUp = true) } as never);
      return isHeldUp;
    },
  };
}

test.each([['shutdown'], ['logoff'], ['close-app'], []])(
  'the question about the end of a session is answered by an orderly stop (%s)',
  (...reasons) => {
    const session = desktop('win32');
    const { quits, refused } = session;
    expect(session.tell('query-session-end', ...reasons)).toBe(true);
    expect(quits).toEqual([undefined]);
    expect(refused()).toBe(1);
  },
);

test('a critical end is not held up: three seconds have to do', () => {
  const session = desktop('win32');
  const { quits } = session;
  expect(session.tell('query-session-end', 'shutdown', 'critical')).toBe(false);
  expect(quits).toEqual([{ withinMs: 3_000 }]);
});

test('an end without a question is hurried too, and no update begins in it', () => {
  const session = desktop('win32');
  const { quits, refused } = session;
  session.tell('session-end', 'shutdown');
  expect(quits).toEqual([{ withinMs: 3_000 }]);
  expect(refused()).toBe(1);
});

test.each(['linux', 'darwin'] as const)('on %s no window is made for it', (platform) => {
  expect(desktop(platform).listeners.size).toBe(0);
});
