import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

/** Bundles one TypeScript program of the tests and runs it: `node tests/support/run-typescript.mjs FILE …`. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const [program = '', ...args] = process.argv.slice(2);
const input = resolve(program);

await mkdir(join(root, '.cache'), { recursive: true });
// Inside the repository, so that the bundle finds its packages.
const folder = await mkdtemp(join(root, '.cache', 'program-'));
process.on('exit', () => void rm(folder, { recursive: true, force: true }));
await build({
  configFile: false,
  root,
  logLevel: 'error',
  ssr: { external: true },
  build: {
    ssr: true,
    outDir: folder,
    target: 'node20',
    minify: false,
    rollupOptions: {
      input: { program: input },
      external: [...builtinModules],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
    },
  },
});
process.argv = [process.argv[0], input, ...args];
await import(pathToFileURL(join(folder, 'program.mjs')).href);
await rm(folder, { recursive: true, force: true });
