import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { buildWhenStale } from '../../scripts/build-when-stale.mjs';

/** `npm run bench`: builds the gateway where it is stale, bundles the benchmark's own programs, runs it. */
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = ['bench', 'sinks', 'baselines', 'load', 'phones', 'bare-whatsapp'];

process.chdir(root);
await buildWhenStale();
await mkdir('.cache', { recursive: true });
// Inside the repository, so that the bundles find its packages.
const folder = await mkdtemp(join(root, '.cache', 'bench-'));
try {
  await build({
    configFile: false,
    logLevel: 'error',
    define: { __GATEWAY_VERSION__: JSON.stringify('0.0.0-bench') },
    ssr: { external: true },
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: Object.fromEntries(programs.map((name) => [name, join(here, `${name}.ts`)])),
        external: [...builtinModules],
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
  });
  const { runBench } = await import(pathToFileURL(join(folder, 'bench.mjs')).href);
  process.exitCode = await runBench(process.argv.slice(2));
} finally {
  await rm(folder, { recursive: true, force: true });
}
