import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

export interface HostApp {
  /** what Electron is started with */
  readonly folder: string;
  remove(): Promise<void>;
}

/** A desktop app that knows no other role than WhatsApp's browser: the product's code and a door of two lines. */
export async function makeHostApp(): Promise<HostApp> {
  const folder = await mkdtemp(join(tmpdir(), 'whatsapp-host-app-'));
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: { 'whatsapp-host': 'main/desktop/whatsapp-host.ts' },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  });
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'whatsapp-host-app', version: '0.0.0', type: 'module', main: 'main.js' }),
  );
  await writeFile(
    join(folder, 'main.js'),
    `import * as electron from 'electron';
import { isWhatsAppHost, runWhatsAppHost } from './whatsapp-host.js';
if (isWhatsAppHost(process.argv)) runWhatsAppHost(electron);
else electron.app.exit(3);
`,
  );
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
