import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findCircle, readImportGraph } from './support/import-graph';

/** Modules in a folder of their own, read again. */
function readModules(modules: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'import-circles-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'inner'));
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text);
  const circle = findCircle(readImportGraph([folder]));
  return circle?.map((file) => file.slice(folder.length + 1));
}

describe('no module imports itself by way of others', () => {
  test('in the product', () => {
    const graph = readImportGraph(['main', 'preload', 'renderer', 'scripts', 'texts']);
    // What was not read could hide a circle.
    expect(graph.get('main/commands/serve-command.ts')).toContain('main/headless.ts');
    expect(graph.get('renderer/app.tsx')?.length).toBeGreaterThan(5);
    expect(findCircle(graph)).toBeUndefined();
  });

  test.each([
    ['a value', "import { a } from './inner/b';"],
    ['a type', "import type { A } from './inner/b';"],
    ['what another module hands on', "export { a } from './inner/b';"],
    ['what is loaded later', "export const load = () => import('./inner/b');"],
  ])('and by %s it would be noticed', (_what, text) => {
    const circle = readModules({
      'a.tsx': text,
      'inner/b.ts': "import '../c';\nimport 'node:fs';\n",
      'c.ts': "import { type A } from './a';\n",
    });
    expect(circle?.slice(0, -1).sort()).toEqual(['a.tsx', 'c.ts', 'inner/b.ts']);
  });

  test('while two that import the same third are no circle', () => {
    expect(
      readModules({
        'a.ts': "import './c';\nimport './inner/b';",
        'inner/b.ts': "import '../c';",
        'c.ts': '',
      }),
    ).toBeUndefined();
  });
});
