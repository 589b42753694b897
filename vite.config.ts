import { cpSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { defineConfig, type Plugin } from 'vite';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Migrations stay plain SQL files beside the bundle: node-pg-migrate reads them from a folder. */
function copyMigrations(): Plugin {
  return {
    name: 'copy-migrations',
    closeBundle() {
      cpSync('main/gateway/storage/migrations', 'dist/main/migrations', { recursive: true });
    },
  };
}

export default defineConfig({
  environments: {
    main: {
      define: { __GATEWAY_VERSION__: JSON.stringify(manifest.version) },
      resolve: { external: true, noExternal: [], conditions: ['node'], builtins: [...builtinModules] },
      consumer: 'server',
      build: {
        ssr: true,
        outDir: 'dist/main',
        emptyOutDir: true,
        target: 'node20',
        sourcemap: true,
        minify: false,
        rollupOptions: {
          input: { cli: 'main/cli.ts' },
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      const main = builder.environments['main'];
      if (main) await builder.build(main);
    },
  },
  plugins: [copyMigrations()],
});
