import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBuilder } from 'vite';

/**
 * Builds everything aside and moves it into dist file by file, the entries last: a gateway that runs from
 * dist, or a command that starts this moment, finds each file whole and none of its own gone.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const staging = join(dist, `.staging-${process.pid}`);
const migrations = join('main', 'migrations');
/** Parts that are loaded late may be asked for long after a newer build; `--fresh`: what is packed needs none. */
const keepOldPartsMs = process.argv.includes('--fresh') ? 0 : 24 * 3_600_000;
/** Of a build that was killed; a younger one may still be at work. */
const keepOldStagingMs = 24 * 3_600_000;

function stageOutput(build) {
  if (build?.outDir === undefined) return;
  build.outDir = join(staging, relative(dist, resolve(root, build.outDir)));
}

const stagePlugin = {
  name: 'stage-output',
  enforce: 'post',
  config(config) {
    stageOutput(config.build);
    for (const environment of Object.values(config.environments ?? {})) stageOutput(environment.build);
  },
};

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

/** `main/cli.js` before anything that it imports would be a command that does not start. */
function depthFirst(a, b) {
  const depth = (path) => path.split(/[/\\]/).length;
  return depth(b) - depth(a);
}

/** Swapped whole: a migration that was renamed must not run under both names. */
function swapMigrations() {
  const staged = join(staging, migrations);
  const current = join(dist, migrations);
  const old = join(staging, 'old-migrations');
  if (existsSync(current)) renameSync(current, old);
  mkdirSync(dirname(current), { recursive: true });
  renameSync(staged, current);
}

function removeOldParts(isNew) {
  for (const file of listFiles(dist)) {
    const path = join(dist, file);
    const isPart = !file.startsWith('.') && !file.startsWith(migrations) && !isNew.has(file);
    if (isPart && statSync(path).mtimeMs < Date.now() - keepOldPartsMs) rmSync(path, { force: true });
  }
}

/** What a build that was killed left behind. */
function removeOldStaging() {
  for (const name of readdirSync(dist)) {
    const path = join(dist, name);
    const isOld = Date.now() - statSync(path).mtimeMs > keepOldStagingMs;
    if (name.startsWith('.staging-') && isOld) rmSync(path, { recursive: true, force: true });
  }
}

// Whoever builds, be it a test run: what ships holds no debugging build of a library.
process.env.NODE_ENV = 'production';
mkdirSync(staging, { recursive: true });
try {
  const builder = await createBuilder({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    plugins: [stagePlugin],
  });
  await builder.buildApp();
  // Migrations stay plain SQL files: node-pg-migrate reads them from a folder beside the bundle.
  cpSync(join(root, 'main', 'gateway', 'storage', 'migrations'), join(staging, migrations), {
    recursive: true,
  });
  const built = listFiles(staging).filter((file) => !file.startsWith(migrations));
  swapMigrations();
  for (const file of built.sort(depthFirst)) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(staging, file), join(dist, file));
  }
  removeOldParts(new Set(built));
  removeOldStaging();
} finally {
  rmSync(staging, { recursive: true, force: true });
}
