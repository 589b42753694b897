import { randomBytes } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Operation } from '../../contracts/console/parts';
import { reachesRole } from '../../contracts/console/roles';
import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import { patientRemoval } from '../system/patient-rename';
import type { ConsoleViewer } from './console-caller';
import { plainReason } from './hide-addresses';
import type { PushHub } from './push-hub';

/** Whose an operation is, by the role they had then; undefined: any operator's. */
type Owner = Pick<ConsoleViewer, 'role' | 'person'> | undefined;

export interface OperationRun {
  /** aborted by `operations.cancel` and by the stop of the gateway */
  readonly signal: AbortSignal;
  /** Tells how far it is; windows hear of it four times a second. */
  progress(done: number, total?: number | null): void;
  /** Something a person has to know, in a sentence. */
  note(sentence: string): void;
  /** The next run of the gateway goes on with it: it does not end with this one. */
  submit(): void;
  /** A path for the file that comes of it, in a folder that is emptied by and by. */
  file(name: string): Promise<string>;
}

export interface Operations {
  /**
   * Starts the work in the background. What it resolves with is the path of its file, or undefined.
   * A GatewayError's sentence is shown; of another error the text. Besides who started it, operators see it.
   * @throws GatewayError `operation_running` (409), `too_many_exports` (429)
   */
  start(
    kind: Operation['kind'],
    owner: Owner,
    work: (run: OperationRun) => Promise<string | undefined>,
  ): Operation;
  /** Lists one that an earlier run of the gateway handed over, and that has ended. */
  addEnded(ended: Pick<Operation, 'id' | 'kind' | 'error' | 'notes' | 'startedAt'>): void;
  list(viewer: NonNullable<Owner>): Operation[];
  /** Ends one that runs; one that has ended stays as it is. @returns it as it was. @throws GatewayError `operation_not_found` (404) */
  cancel(id: string, viewer: NonNullable<Owner>): Operation;
  /** Lets a file that lies elsewhere be fetched by a token. */
  offer(path: string, owner: Owner): string;
  /** The file behind a token; undefined when it is unknown, not theirs (any more), or its hour is over. */
  openDownload(
    token: string,
    viewer: NonNullable<Owner>,
  ): { readonly path: string; readonly name: string } | undefined;
  stop(): Promise<void>;
}

const pushEveryMs = 250;
const keepForMs = 3_600_000;
/** Each reads whole histories and writes them to this disk. */
const mostExports = 4;
/** Of one person below operator: ended ones with a file, and as many without. */
const keptOfPerson = 3;

interface Running {
  operation: Operation;
  readonly owner: Owner;
  readonly ending: AbortController;
  finished: Promise<void>;
  isHandedOver?: boolean;
  pushTimer?: NodeJS.Timeout;
  removeTimer?: NodeJS.Timeout;
}

/** What takes longer than an answer should: exports, replays, backups, with their progress and their files. */
export function createOperations(options: {
  /** for the files that come of them; emptied at the start */
  readonly folder: string;
  readonly pushes: PushHub;
  readonly logger: Logger;
}): Operations {
  const { folder, pushes, logger } = options;
  const operations = new Map<string, Running>();
  const downloads = new Map<
    string,
    { readonly path: string; readonly owner: Owner; readonly until: number }
  >();
  // Left over by a gateway that was killed.
  const emptied = rm(folder, patientRemoval).catch(() => undefined);

  function tell({ operation, owner }: Running): void {
    pushes.push('operation.changed', operation, (viewer) => maySee(viewer, owner));
  }

  function change(running: Running, changes: Partial<Operation>, atOnce: boolean): void {
    running.operation = { ...running.operation, ...changes };
    if (atOnce) {
      clearTimeout(running.pushTimer);
      running.pushTimer = undefined;
      tell(running);
      return;
    }
    running.pushTimer ??= setTimeout(() => {
      running.pushTimer = undefined;
      tell(running);
    }, pushEveryMs);
  }

  function offer(path: string, owner: Owner): string {
    for (const [old, { until }] of downloads) if (until < Date.now()) downloads.delete(old);
    const token = randomBytes(24).toString('base64url');
    downloads.set(token, { path, owner, until: Date.now() + keepForMs });
    return token;
  }

  async function run(running: Running, work: (run: OperationRun) => Promise<string | undefined>) {
    const own = join(folder, running.operation.id);
    try {
      const path = await work({
        signal: running.ending.signal,
        progress: (done, total) =>
          change(running, { done, ...(total === undefined ? {} : { total }) }, false),
        note: (sentence) => change(running, { notes: [...running.operation.notes, sentence] }, false),
        submit() {
          running.isHandedOver = true;
        },
        async file(name) {
          await emptied;
          await mkdir(own, { recursive: true, mode: 0o700 });
          return join(own, basename(name));
        },
      });
      running.ending.signal.throwIfAborted();
      const file =
        path === undefined
          ? null
          : {
              name: basename(path),
              bytes: (await stat(path)).size,
              downloadToken: offer(path, running.owner),
            };
      change(running, { state: 'done', file }, true);
    } catch (thrown) {
      const cancelled = running.ending.signal.aborted;
      if (cancelled && running.isHandedOver) return;
      if (!cancelled)
        logger.warn('operation.failed', 'operation failed', {
          kind: running.operation.kind,
          error: errorText(thrown),
        });
      change(
        running,
        cancelled ? { state: 'cancelled' } : { state: 'failed', error: reasonFor(running.owner, thrown) },
        true,
      );
      await rm(own, patientRemoval).catch(() => undefined);
    }
    running.removeTimer = setTimeout(() => forget(running), keepForMs);
    running.removeTimer.unref();
    forgetOlder(running);
  }

  const ofPerson = ({ person }: NonNullable<Owner>) =>
    [...operations.values()].filter(({ owner }) => owner?.person?.id === person?.id);

  function requireRoom(kind: Operation['kind'], owner: Owner): void {
    // What they started as an operator, and may not see or cancel any more, is not in their way.
    const theirs = (one: Running) => isRunning(one) && (!owner || maySee(owner, one.owner));
    if (isBounded(owner) && ofPerson(owner).some(theirs)) {
      const ask = 'Something that you started is still running. Wait for it, or cancel it first.';
      throw new GatewayError('operation_running', ask, 409);
    }
    if (!isExport(kind)) return;
    const running = [...operations.values()].filter((one) => isRunning(one) && isExport(one.operation.kind));
    // One place is kept for operators.
    const most = isBounded(owner) ? mostExports - 1 : mostExports;
    if (running.length < most) return;
    const ask = `${running.length} exports are running. Try again when one of them has finished.`;
    throw new GatewayError('too_many_exports', ask, 429);
  }

  function forget({ operation, removeTimer }: Running): void {
    clearTimeout(removeTimer);
    operations.delete(operation.id);
    if (operation.file) downloads.delete(operation.file.downloadToken);
    void rm(join(folder, operation.id), patientRemoval).catch(() => undefined);
  }

  /** Nobody who may only look fills this disk. */
  function forgetOlder({ owner, operation }: Running): void {
    if (!isBounded(owner)) return;
    const alike = ofPerson(owner).filter(
      (one) => !isRunning(one) && (one.operation.file === null) === (operation.file === null),
    );
    for (const older of alike.slice(0, -keptOfPerson)) forget(older);
  }

  return {
    start(kind, owner, work) {
      requireRoom(kind, owner);
      const operation: Operation = {
        id: randomBytes(9).toString('base64url'),
        kind,
        state: 'running',
        done: 0,
        total: null,
        error: null,
        file: null,
        notes: [],
        startedAt: new Date().toISOString(),
      };
      const running: Running = {
        operation,
        owner,
        ending: new AbortController(),
        finished: Promise.resolve(),
      };
      operations.set(operation.id, running);
      running.finished = run(running, work);
      return operation;
    },
    addEnded(ended) {
      const operation: Operation = {
        ...ended,
        state: ended.error === null ? 'done' : 'failed',
        done: 0,
        total: null,
        file: null,
      };
      operations.set(ended.id, {
        operation,
        owner: undefined,
        ending: new AbortController(),
        finished: Promise.resolve(),
      });
    },
    list: (viewer) =>
      [...operations.values()].filter(({ owner }) => maySee(viewer, owner)).map(({ operation }) => operation),
    cancel(id, viewer) {
      const running = operations.get(id);
      if (!running || !maySee(viewer, running.owner))
        throw new GatewayError('operation_not_found', 'There is no such operation any more.', 404);
      running.ending.abort(new Error('cancelled'));
      return running.operation;
    },
    offer,
    openDownload(token, viewer) {
      const found = downloads.get(token);
      if (!found || found.until < Date.now()) {
        downloads.delete(token);
        return undefined;
      }
      if (!maySee(viewer, found.owner)) return undefined;
      return { path: found.path, name: basename(found.path) };
    },
    async stop() {
      const all = [...operations.values()];
      for (const { ending } of all) ending.abort(new Error('the gateway is stopping'));
      await Promise.all(all.map(({ finished }) => finished));
      for (const { pushTimer, removeTimer } of all) {
        clearTimeout(pushTimer);
        clearTimeout(removeTimer);
      }
      await rm(folder, patientRemoval).catch(() => undefined);
    },
  };
}

const isRunning = ({ operation }: Running) => operation.state === 'running';
const isExport = (kind: Operation['kind']) => kind === 'export' || kind === 'audit_export';
const isBounded = (owner: Owner): owner is NonNullable<Owner> =>
  owner !== undefined && !reachesRole(owner.role, 'operator');

/** What PostgreSQL or a library says of a fault may name anything; the log has it. */
function reasonFor(owner: Owner, thrown: unknown): string {
  return isBounded(owner) && !(thrown instanceof GatewayError) ? plainReason : errorText(thrown);
}

/**
 * Files and progress are for who asked for them: another reader's export is no business of a reader. Nor is, to
 * somebody whose role is less now, what they made by the one they had.
 */
function maySee(viewer: NonNullable<Owner>, owner: Owner): boolean {
  if (reachesRole(viewer.role, 'operator')) return true;
  if (viewer.person === undefined || viewer.person.id !== owner?.person?.id) return false;
  return reachesRole(viewer.role, owner.role);
}
