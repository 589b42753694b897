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

/** Work that lasts until it is told to finish, or is cancelled. */
function holdWork() {
  let finish = (): void => undefined;
  const until = new Promise<undefined>((resolve) => (finish = () => resolve(undefined)));
  const work = ({ signal }: { readonly signal: AbortSignal }) =>
    Promise.race([
      until,
      new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('cancelled'))),
      ),
    ]);
  return { work, finish: () => finish() };
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

describe('who is no operator', () => {
  test.each(['reader', 'staff'] as const)('has one operation running at a time, as %s', async (role) => {
    const { work, finish } = holdWork();
    const start = (owner: Viewer) => operations.start('export', owner, work);
    start(viewer(role));
    expect(() => start(viewer(role))).toThrow(
      expect.objectContaining({
        code: 'operation_running',
        message: 'Something that you started is still running. Wait for it, or cancel it first.',
      }),
    );
    start(viewer(role, 2));
    // An operator, and whoever signed in by the console's password, may have several.
    for (let round = 0; round < 2; round += 1) {
      operations.start('backup', viewer('operator', 3), work);
      operations.start('backup', { role: 'operator' }, work);
    }
    finish();
    await expect.poll(() => operations.list(viewer(role)).map(({ state }) => state)).toEqual(['done']);
    start(viewer(role));
  });

  test('keeps the newest three files, and as many that came to nothing', async () => {
    const reader = viewer('reader');
    const other = await makeFile(viewer('reader', 2));
    const made: Awaited<ReturnType<typeof makeFile>>[] = [];
    for (let round = 0; round < 5; round += 1) made.push(await makeFile(reader));
    const isThere = (path: string) =>
      access(path).then(
        () => true,
        () => false,
      );
    const wanted = [false, false, true, true, true];
    await expect.poll(() => Promise.all(made.map(({ path }) => isThere(path)))).toEqual(wanted);
    expect(made.map(({ token }) => operations.openDownload(token, reader) !== undefined)).toEqual(wanted);
    expect(await isThere(other.path)).toBe(true);
    for (let round = 0; round < 5; round += 1) {
      const { id } = operations.start('export', reader, () => Promise.reject(new Error('no disk')));
      const find = () => operations.list(reader).find((operation) => operation.id === id);
      await expect.poll(() => find()?.state).toBe('failed');
    }
    await expect
      .poll(() => operations.list(reader).map(({ state }) => state))
      .toEqual(['done', 'done', 'done', 'failed', 'failed', 'failed']);
  });
});

test('four exports run at a time, whosever they are', async () => {
  const { work, finish } = holdWork();
  const start = (id: number, kind: 'export' | 'audit_export' = 'export') =>
    operations.start(kind, viewer('reader', id), work);
  for (const id of [1, 2, 3]) start(id);
  operations.start('audit_export', { role: 'operator' }, work);
  for (const kind of ['export', 'audit_export'] as const) {
    expect(() => operations.start(kind, { role: 'operator' }, work)).toThrow(
      expect.objectContaining({
        code: 'too_many_exports',
        message: '4 exports are running. Try again when one of them has finished.',
      }),
    );
  }
  operations.start('replay', viewer('staff', 9), work);
  finish();
  await expect
    .poll(() => operations.list({ role: 'operator' }).every(({ state }) => state === 'done'))
    .toBe(true);
  start(5);
});
