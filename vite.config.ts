import { cpSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type EnvironmentOptions, type Plugin } from 'vite';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Absolute: vite's root is renderer/, so that its page comes out at the top of its folder. */
const inRepository = (path: string) => resolve(import.meta.dirname, path);

/** A script for the PHP app's pages: one file that brings everything along, for browsers of 2019 and later. */
function pageScript(name: string): EnvironmentOptions {
  return {
    consumer: 'client',
    // Named, so that no NODE_ENV brings the debugging builds of libraries in.
    resolve: { conditions: ['module', 'browser', 'production'] },
    build: {
      outDir: inRepository('dist/assets/js'),
      // The other script lives there too.
      emptyOutDir: false,
      copyPublicDir: false,
      target: 'es2019',
      // Older browsers leave out what they do not know; rewritten for them it would be twice as much.
      cssTarget: 'esnext',
      minify: true,
      rollupOptions: {
        input: { [name]: inRepository(`renderer/embed/${name}.ts`) },
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
      cpSync(
        inRepository('renderer/embed/whatsapp-sessions.css'),
        inRepository('dist/assets/css/whatsapp-sessions.css'),
      );
    },
  };
}

export default defineConfig({
  root: inRepository('renderer'),
  // Beside its files, wherever it is served from: /console/ or the desktop's own protocol.
  base: './',
  environments: {
    renderer: {
      consumer: 'client',
      build: {
        outDir: inRepository('dist/renderer'),
        emptyOutDir: true,
        target: 'chrome120',
        // An inline script would need a hole in the content security policy.
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: 900,
        assetsInlineLimit: 0,
        rollupOptions: { input: inRepository('renderer/index.html') },
      },
    },
    main: {
      define: { __GATEWAY_VERSION__: JSON.stringify(manifest.version) },
      resolve: { external: true, noExternal: [], conditions: ['node'], builtins: [...builtinModules] },
      consumer: 'server',
      build: {
        ssr: true,
        outDir: inRepository('dist/main'),
        copyPublicDir: false,
        emptyOutDir: true,
        target: 'node20',
        sourcemap: true,
        minify: false,
        rollupOptions: {
          input: { cli: inRepository('main/cli.ts'), electron: inRepository('main/electron.ts') },
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    },
    preload: {
      resolve: { external: ['electron'], noExternal: true },
      consumer: 'server',
      build: {
        ssr: true,
        outDir: inRepository('dist/preload'),
        copyPublicDir: false,
        emptyOutDir: true,
        target: 'chrome120',
        minify: false,
        rollupOptions: {
          input: { preload: inRepository('preload/preload.ts') },
          // A sandboxed preload script is CommonJS, and one file.
          output: { format: 'cjs', entryFileNames: '[name].cjs' },
        },
      },
    },
    websocketSidebar: pageScript('websocket-sidebar'),
    whatsappSessions: pageScript('whatsapp-sessions'),
  },
  builder: {
    async buildApp(builder) {
      for (const name of ['main', 'preload', 'renderer', 'websocketSidebar', 'whatsappSessions']) {
        const environment = builder.environments[name];
        if (environment) await builder.build(environment);
      }
    },
  },
  plugins: [react(), copyPageStyles()],
});
