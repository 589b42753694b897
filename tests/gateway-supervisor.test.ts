import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { GatewayState } from '../main/contracts/console/desktop-calls';
import type { GatewayConfig } from '../main/gateway/config/config';
import type { Gateway } from '../main/gateway/gateway';
import { createGatewaySupervisor, type Fallback } from '../main/gateway-supervisor';
import { createMemoryLogger } from './support/memory-logger';
import { waitUntil } from './support/wait-until';

/** Gateways that start and stop, or do not, and what was done to them. */
function createWorld(options: { readonly onStarted?: (port: number) => void } = {}) {
  const done: string[] = [];
  const states: GatewayState[] = [];
  const failures: unknown[] = [];
  let problem: string | undefined;
  let setting = 'first';
  let askForRestart: () => Promise<void> = () => Promise.reject(new Error('not made yet'));
  let port = 0;

  function makeGateway(name: string): Gateway {
    return {
      logger: createMemoryLogger(),
      start() {
        done.push(`start ${name}`);
        if (problem !== undefined && name !== 'fallback') return Promise.reject(new Error(problem));
        port += 1;
        return Promise.resolve({ port });
      },
      stop() {
        done.push(`stop ${name}`);
        return Promise.resolve();
      },
    } as unknown as Gateway;
  }

  const supervisor = createGatewaySupervisor({
    make(restart, _logger, fallback: Fallback | undefined) {
      askForRestart = restart;
      const config = fallback?.config ?? ({ dataDir: setting } as GatewayConfig);
      return { gateway: makeGateway(fallback ? 'fallback' : setting), config };
    },
    ...(options.onStarted ? { onStarted: (started) => options.onStarted?.(started.port) } : {}),
    onState: (state) => states.push(state),
    onRestartFailed: (thrown) => failures.push(thrown),
  });
  return {
    supervisor,
    done,
    states,
    failures,
    restart: () => askForRestart(),
    set(next: { readonly setting?: string; readonly problem?: string }) {
      setting = next.setting ?? setting;
      problem = next.problem;
    },
    names: () => states.map(({ state }) => state),
  };
}

describe('the supervisor of a gateway', () => {
  test.each([{}, { onStarted: () => undefined }])('starts one, whoever listens (%j)', async (options) => {
    const world = createWorld(options);
    await world.supervisor.start();
    expect(world.done).toEqual(['start first']);
    expect(world.names()).toEqual(['starting', 'running']);
    await world.supervisor.start();
    expect(world.done).toEqual(['start first']);
  });

  test('says what keeps it from starting, in one line, and can be asked again', async () => {
    const world = createWorld();
    world.set({ problem: 'PORT is\n  taken' });
    await expect(world.supervisor.start()).rejects.toThrow('PORT is');
    expect(world.states.at(-1)).toEqual({ state: 'failed', error: 'PORT is taken' });
    expect(world.done).toEqual(['start first', 'stop first']);
    expect(world.supervisor.gateway()).toBeUndefined();
    world.set({});
    await world.supervisor.start();
    expect(world.names().at(-1)).toBe('running');
  });

  test('restarts with the settings of then', async () => {
    const ports: number[] = [];
    const world = createWorld({ onStarted: (port) => ports.push(port) });
    await world.supervisor.start();
    world.set({ setting: 'second' });
    await world.restart();
    await waitUntil(() => ports.length === 2, { what: 'the second start' });
    expect(world.done).toEqual(['start first', 'stop first', 'start second']);
    expect(world.supervisor.config()?.dataDir).toBe('second');
  });

  test('goes on with the settings before when those of now do not start', async () => {
    const world = createWorld();
    await world.supervisor.start();
    world.set({ setting: 'second', problem: 'no such folder' });
    await world.restart();
    await waitUntil(() => world.names().filter((name) => name === 'running').length === 2, {
      what: 'the fallback to run',
    });
    expect(world.done).toEqual([
      'start first',
      'stop first',
      'start second',
      'stop second',
      'start fallback',
    ]);
    expect(world.supervisor.config()?.dataDir).toBe('first');
    expect(world.failures).toEqual([]);
  });

  test('stops for good: what was asked for before does not start it again', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const world = createWorld();
    await world.supervisor.start();
    await world.restart();
    await world.supervisor.stop();
    await world.supervisor.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.done).toEqual(['start first', 'stop first']);
    expect(world.names().at(-1)).toBe('stopping');
  });
});
