import { readdirSync } from 'node:fs';
import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import { allowedImports, foundations } from './support/layer-zones.js';

/** The project's own configuration; only the rules in question run, on texts that are in no file. */
const eslint = new ESLint({
  ruleFilter: ({ ruleId }) =>
    ['import-x/no-restricted-paths', 'no-restricted-imports', 'no-restricted-syntax'].includes(ruleId),
  // With types, the parser would want the file to be in the TypeScript project.
  overrideConfig: { languageOptions: { parserOptions: { project: null } } },
});

/** Lints a file that imports these modules, and returns those that are refused. */
async function findRefused(filePath: string, modules: readonly string[]): Promise<string[]> {
  const text = modules.map((name) => `import '${name}';\n`).join('');
  const [result] = await eslint.lintText(text, { filePath });
  const fatal = result?.messages.find((message) => message.fatal);
  if (!result || fatal) throw new Error(fatal?.message ?? `${filePath} was not linted`);
  return result.messages.map((message) => modules[message.line - 1] ?? '?');
}

/** Some module of that room (not the first: that may be an interface others may import). */
function someModule(room: string): string {
  const names = readdirSync(`main/gateway/${room}`).filter((name) => name.endsWith('.ts'));
  const file = names.sort().at(-1);
  if (file === undefined) throw new Error(`main/gateway/${room} holds no module`);
  return `${room}/${file.replace(/\.ts$/, '')}`;
}

const rooms = Object.keys(allowedImports);
const isWithin = (module: string, entry: string) =>
  module === entry.replace(/\.ts$/, '') || module.startsWith(`${entry}/`);

describe('the layer rule', () => {
  test('covers every room of the gateway but the one that puts them together', () => {
    const folders = readdirSync('main/gateway', { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const unruled = folders.map(({ name }) => name).filter((name) => allowedImports[name] === undefined);
    expect(unruled).toEqual(['composition']);
  });

  test('keeps the root of the gateway to what all rooms share', () => {
    const files = readdirSync('main/gateway', { withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeLessThanOrEqual(8);
  });

  test.each(rooms)('lets %s/ import what it is allowed, and nothing else', async (room) => {
    const up = '../'.repeat(room.split('/').length);
    const welcome = [room, ...foundations, ...(allowedImports[room] ?? [])];
    const modules = [
      ...rooms.filter((other) => other !== 'channels').map(someModule),
      'channels/channel',
      'live-tenant',
      'errors',
      'signals',
      'composition/open-tenant',
    ];
    const others = modules.filter((module) => !isWithin(module, room));
    const refused = await findRefused(
      `main/gateway/${room}/any-module.ts`,
      [...others, '../contracts/statuses'].map((module) => `${up}${module}`),
    );
    const expected = others.filter((module) => !welcome.some((entry) => isWithin(module, entry)));
    // A room inside a room is held by both rules.
    expect(new Set(refused)).toEqual(new Set(expected.map((module) => `${up}${module}`)));
    expect(expected.length).toBeGreaterThan(0);
  });

  test('keeps the edges apart, SQL below everything and channels ignorant of the engine', () => {
    for (const edge of ['http', 'sockets', 'console']) {
      for (const forbidden of ['http', 'sockets', 'console', 'storage', 'composition']) {
        expect(allowedImports[edge]).not.toContain(forbidden);
      }
    }
    expect(allowedImports['storage']).toEqual(['config']);
    expect(allowedImports['messages']).toEqual([]);
    expect(allowedImports['channels']).not.toContain('deliveries');
    expect(allowedImports['deliveries']).not.toContain('channels');
  });

  test.each([
    { file: 'main/contracts/any-module.ts', refused: ['../gateway/errors'], allowed: ['./statuses'] },
    {
      file: 'renderer/any-module.ts',
      refused: ['../main/gateway/errors'],
      allowed: ['../main/contracts/statuses'],
    },
    {
      file: 'preload/any-module.ts',
      refused: ['../main/gateway/errors'],
      allowed: ['../main/contracts/statuses'],
    },
    {
      file: 'main/gateway/any-module.ts',
      refused: ['../../tests/support/wait-until'],
      allowed: ['./errors'],
    },
    {
      file: 'main/desktop/any-module.ts',
      refused: ['../../renderer/gateway-client'],
      allowed: ['../../texts/en.json', '../gateway/errors'],
    },
    {
      file: 'main/any-entry-point.ts',
      refused: ['../tests/support/wait-until'],
      allowed: ['./gateway/errors'],
    },
  ])('holds for $file', async ({ file, refused, allowed }) => {
    expect(await findRefused(file, [...refused, ...allowed])).toEqual(refused);
  });
});

describe('the ban on Electron', () => {
  const electron = ['electron', 'electron/main', 'electron-updater', 'electron-log/main', 'electron-log'];
  test.each([
    'main/gateway/any-module.ts',
    'main/gateway/http/any-module.ts',
    'main/contracts/any-module.ts',
  ])('holds in %s', async (file) => {
    expect(await findRefused(file, electron)).toEqual(electron);
    expect(await findRefused(file, ['electron-log/node', 'pg'])).toEqual([]);
  });

  test('leaves the desktop entry point alone', async () => {
    expect(await findRefused('main/desktop/any-module.ts', electron)).toEqual([]);
    expect(await findRefused('main/electron.ts', electron)).toEqual([]);
  });
});

describe('the ban on listening to windows', () => {
  const ways = [
    `import { ipcMain } from 'electron'; ipcMain.handle('x', () => 1);`,
    `import { app, ipcRenderer } from 'electron'; void app; void ipcRenderer;`,
    `import * as electron from 'electron'; electron.ipcMain.on('x', () => 1);`,
    `import { BrowserWindow } from 'electron'; new BrowserWindow().webContents.ipc.on('x', () => 1);`,
  ];
  const lint = async (filePath: string, text: string) => {
    const [result] = await eslint.lintText(text, { filePath });
    const fatal = result?.messages.find((message) => message.fatal);
    if (!result || fatal) throw new Error(fatal?.message ?? `${filePath} was not linted`);
    return result.messages.length;
  };

  test.each(['main/electron.ts', 'main/desktop/any-module.ts', 'renderer/any-module.tsx'])(
    'holds in %s',
    async (file) => {
      for (const way of ways) expect(await lint(file, way)).toBeGreaterThan(0);
    },
  );

  test('leaves the one place on each side alone', async () => {
    for (const way of ways) expect(await lint('main/desktop/console-ipc.ts', way)).toBe(0);
    for (const way of ways) expect(await lint('preload/preload.ts', way)).toBe(0);
  });
});
