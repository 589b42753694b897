import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';

/** From the one that needs least; each needs what those before it need, too. */
export const tierNames = ['unit', 'database', 'browser', 'electron', 'drills'] as const;
export type TierName = (typeof tierNames)[number];

/**
 * What puts a test file in a tier: a package or a file that it imports, itself or through its helpers under tests/.
 * The highest tier wins; a file that imports none of these is a unit test.
 */
const asksFor: Readonly<Record<Exclude<TierName, 'unit' | 'drills'>, readonly string[]>> = {
  // PostgreSQL, of global set-up or the test's own; dist; programs for child processes; mail and web servers.
  database: [
    'pg',
    'main/gateway/storage/embedded/embedded-postgres.ts',
    'tests/packaging/fetch-npm-package.ts',
    'tests/simulators/mail-catcher.ts',
    'tests/simulators/webhook-receiver.ts',
    'tests/support/built-cli.ts',
    'tests/support/child-script.ts',
    'tests/support/start-gateway.ts',
    'tests/support/test-database.ts',
  ],
  // What `npm run test:setup` installs: Chromium, PHP, Xvfb.
  browser: [
    'playwright-core',
    'puppeteer-core',
    'tests/electron/start-display.ts',
    'tests/php/start-php.ts',
    'tests/simulators/whatsapp-web/create-whatsapp-simulator.ts',
    'tests/whatsapp/whatsapp-harness.ts',
  ],
  electron: ['tests/electron/electron-runtime.ts'],
};

/** Whole programs under load or under attack, whatever they import. */
const drillsFolder = 'tests/drills/';

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s(?!type\s)[^'"]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g;

/** Packages by name, files of the repository by path. */
function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(importPattern)].map((match) => {
    const name = match[1] ?? match[2] ?? '';
    if (!name.startsWith('.')) return name;
    const path = normalize(join(dirname(file), name));
    return (
      [path, `${path}.ts`, `${path}.tsx`].find(
        (candidate) => /\.\w+$/.test(candidate) && existsSync(candidate),
      ) ?? path
    );
  });
}

/** What a test file imports, and what its helpers import; not what the product's own modules do. */
function reach(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const imported of importsOf(file)) {
    if (seen.has(imported)) continue;
    seen.add(imported);
    if (imported.startsWith('tests/') && /\.tsx?$/.test(imported)) reach(imported, seen);
  }
  return seen;
}

/** @param file from the repository's root, with slashes: `tests/http/intake.test.ts` */
export function tierOf(file: string): TierName {
  if (file.startsWith(drillsFolder)) return 'drills';
  const reached = reach(file);
  const asking = (['electron', 'browser', 'database'] as const).find((tier) =>
    asksFor[tier].some((name) => reached.has(name)),
  );
  return asking ?? 'unit';
}

/** Every test file of the repository by its tier. */
export function listTestFiles(): Record<TierName, string[]> {
  const files: Record<TierName, string[]> = { unit: [], database: [], browser: [], electron: [], drills: [] };
  for (const name of readdirSync('tests', { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.test.ts')) continue;
    const path = `tests/${name.replaceAll('\\', '/')}`;
    files[tierOf(path)].push(path);
  }
  return files;
}
