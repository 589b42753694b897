import { findPostgresBinaries } from '../../../main/gateway/storage/embedded/postgres-binaries';
import { runServerTool } from '../../../main/gateway/storage/embedded/postgres-tools';

/** `COPIES_FOLDER [UID GID]`: finds the programs beside itself, prints where, and the version they print. */
const [copiesFolder = '', uid, gid] = process.argv.slice(2);
const account = uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };

const binaries = await findPostgresBinaries({ account, copiesFolder });
const version = await runServerTool(binaries.pgCtl, ['--version'], { account, cwd: '/', timeoutMs: 10_000 });
process.stdout.write(`${JSON.stringify({ ...binaries, version: version.trim() })}\n`);
