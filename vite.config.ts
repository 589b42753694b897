import { cpSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Migrations stay plain SQL files beside the bundle: node-pg-migrate reads them from a folder. */
function copyMigrations(): Plugin {
  return {
    name: 'copy-migrations',
    applyToEnvironment: ({ name }) => name === 'main',
    closeBundle() {
      cpSync('main/gateway/storage/migrations', 'dist/main/migrations', { recursive: true });
    },
  };
}

/** A script for the PHP app's pages: one file that brings everything along, for browsers of 2019 and later. */
function pageScript(name: string): EnvironmentOptions {
  return {
    consumer: 'client',
    // Named, so that no NODE_ENV brings the debugging builds of libraries in.
    resolve: { conditions: ['module', 'browser', 'production'] },
    build: {
      outDir: 'dist/assets/js',
      // The other script lives there too.
      emptyOutDir: false,
      copyPublicDir: false,
      target: 'es2019',
      // Older browsers leave out what they do not know; rewritten for them it would be twice as much.
      cssTarget: 'esnext',
      minify: true,
      rollupOptions: {
        input: { [name]: `renderer/embed/${name}.ts` },
        output: { format: 'iife', entryFileNames: '[name].js' },
      },
    },
  };
}

/** Served as it stands: the pages of the PHP app may set its variables. */
function copyPageStyles(): Plugin {
  return {
    name: 'copy-page-styles',
    applyToEnvironment: ({ name }) => name === 'whatsappSessions',
    closeBundle() {
      cpSync('renderer/embed/whatsapp-sessions.css', 'dist/assets/css/whatsapp-sessions.css');
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
    websocketSidebar: pageScript('websocket-sidebar'),
    whatsappSessions: pageScript('whatsapp-sessions'),
  },
  builder: {
    async buildApp(builder) {
      for (const name of ['main', 'websocketSidebar', 'whatsappSessions']) {
        const environment = builder.environments[name];
        if (environment) await builder.build(environment);
      }
    },
  },
  plugins: [copyMigrations(), copyPageStyles()],
});
