import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConsolePush } from '../../main/contracts/console/console-pushes';
import type { ConsoleRole } from '../../main/contracts/console/roles';
import { createOperations, type Operations } from '../../main/gateway/console/operations';
import { createPushHub, type PushHub } from '../../main/gateway/console/push-hub';
import { createMemoryLogger } from '../support/memory-logger';

let folder: string;
let pushes: PushHub;
let operations: Operations;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operations-'));
  pushes = createPushHub((thrown) => {
    throw thrown;
  });
  operations = createOperations({ folder: join(folder, 'exports'), pushes, logger: createMemoryLogger() });
});
afterEach(async () => {
  await operations.stop();
  await rm(folder, { recursive: true, force: true });
});

const viewer = (role: ConsoleRole, id = 1) => ({ role, person: { id, name: `Person ${id}`, role } });
type Viewer = ReturnType<typeof viewer>;

/** An export that has ended, with its file. */
async function makeFile(owner: Viewer) {
  const { id } = operations.start('export', owner, async (run) => {
    const path = await run.file('deliveries.csv');
    await writeFile(path, 'rows');
    return path;
  });
  const find = () => operations.list({ role: 'operator' }).find((operation) => operation.id === id);
  await expect.poll(() => find()?.state).toBe('done');
  const token = find()?.file?.downloadToken ?? '';
  return { id, token, path: join(folder, 'exports', id, 'deliveries.csv') };
}

describe('who made something as an operator and is none any more', () => {
  test.each(['reader', 'staff'] as const)('has nothing of it as %s', async (role) => {
    const operator = viewer('operator');
    const told: ConsolePush[] = [];
    pushes.subscribe({ windowId: 'w', ...viewer(role) }, (push) => told.push(push));
    const { id, token } = await makeFile(operator);
    const offered = operations.offer(join(folder, 'backup.tar.gz'), operator);
    expect(told).toEqual([]);
    expect(operations.list(viewer(role))).toEqual([]);
    expect(() => operations.cancel(id, viewer(role))).toThrow('no such operation');
    expect(operations.openDownload(token, viewer(role))).toBeUndefined();
    expect(operations.openDownload(offered, viewer(role))).toBeUndefined();
    expect(operations.openDownload(token, operator)).toMatchObject({ name: 'deliveries.csv' });
  });

  test('keeps what was made with no more than the role of now', async () => {
    const { id, token } = await makeFile(viewer('reader'));
    expect(operations.list(viewer('staff')).map((operation) => operation.id)).toEqual([id]);
    expect(operations.openDownload(token, viewer('staff'))).toBeDefined();
    expect(operations.openDownload(token, viewer('staff', 2))).toBeUndefined();
  });
});
