import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addRuntime } from '../../scripts/after-pack.mjs';
import { fetchWindowsPostgres } from './fetch-npm-package';
import { readDllImports } from './read-dll-imports';

/** Every supported Windows has these, Server Core included. */
const ownOfWindows = new Set(
  (
    'advapi32 bcrypt crypt32 gdi32 iphlpapi kernel32 msvcrt ntdll ole32 oleaut32 rpcrt4 secur32 shell32 user32 ' +
    'version wldap32 ws2_32'
  )
    .split(' ')
    .map((name) => `${name}.dll`),
);
const runtime = ['msvcp140.dll', 'vcruntime140.dll', 'vcruntime140_1.dll'];

const { folder, reason } = await fetchWindowsPostgres();

interface FileMatcher {
  createFilter(): (path: string, stat: unknown) => boolean;
}

/** What electron-builder packs of it, by its own rules. */
async function listPacked(root: string): Promise<readonly string[]> {
  const { FileMatcher: Matcher } = (await import('app-builder-lib/out/fileMatcher')) as unknown as {
    FileMatcher: new (
      from: string,
      to: string,
      expand: (text: string) => string,
      patterns: string[],
    ) => FileMatcher;
  };
  type Files = string | { readonly filter: readonly string[] };
  const { getConfig } = (await import('app-builder-lib/out/util/config/config')) as unknown as {
    getConfig: (folder: string, file: null, options: null) => Promise<{ files: readonly Files[] }>;
  };
  const config = await getConfig(resolve('.'), null, null);
  const rules = config.files.flatMap((each) => (typeof each === 'string' ? [each] : each.filter));
  const patterns = ['**/*', ...rules.filter((each) => each.startsWith('!'))];
  const expand = (text: string) => text.replaceAll('${arch}', 'x64').replaceAll('${os}', 'win');
  const isPacked = new Matcher(root, '/', expand, patterns).createFilter();
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(root, name);
    const info = lstatSync(path);
    return info.isFile() && isPacked(path, info);
  });
}

describe.skipIf(folder === undefined)(`PostgreSQL in the Windows package (${reason ?? 'fetched'})`, () => {
  let packed: readonly string[];
  beforeAll(async () => {
    packed = await listPacked(folder ?? '');
  });
  const base = (name: string) => name.split(/[\\/]/).at(-1)?.toLowerCase() ?? '';

  test('every DLL that a program wants is in the package, of Windows, or of the runtime that comes along', () => {
    const programs = packed.filter((name) => /\.(exe|dll)$/i.test(name));
    const there = new Set(programs.map(base));
    const foreign = new Map<string, string[]>();
    for (const name of programs) {
      for (const wanted of readDllImports(readFileSync(join(folder ?? '', name)))) {
        if (there.has(wanted) || ownOfWindows.has(wanted) || wanted.startsWith('api-ms-win-crt-')) continue;
        foreign.set(wanted, [...(foreign.get(wanted) ?? []), base(name)]);
      }
    }
    expect([...foreign.keys()].sort()).toEqual(runtime);
    for (const name of ['initdb.exe', 'pg_ctl.exe', 'postgres.exe', 'plpgsql.dll', 'libpq.dll']) {
      expect(there).toContain(name);
    }
  });

  test('brings no dead weight', () => {
    const bytes = packed.reduce((sum, name) => sum + statSync(join(folder ?? '', name)).size, 0);
    expect(bytes / 1e6).toBeLessThan(75);
    expect(packed.filter((name) => /[\\/]locale[\\/]|[\\/]wx|plperl\.dll|\.lib$/.test(name))).toEqual([]);
  });
});

describe('the Visual C++ runtime', () => {
  const inFolder = (use: (root: string) => void) => {
    const root = mkdtempSync(join(tmpdir(), 'vc-redist-'));
    try {
      mkdirSync(join(root, 'bin'));
      use(root);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
  const put = (path: string, names: readonly string[], text: string) => {
    mkdirSync(path, { recursive: true });
    for (const name of names) writeFileSync(join(path, name), text);
  };

  test('is taken from the newest Visual Studio of the machine that packs', () =>
    inFolder((root) => {
      const redist = join(root, 'Microsoft Visual Studio', '2022', 'BuildTools', 'VC', 'Redist', 'MSVC');
      put(join(redist, '14.38.33130', 'x64', 'Microsoft.VC143.CRT'), runtime, 'older');
      put(join(redist, '14.44.35112', 'x64', 'Microsoft.VC143.CRT'), runtime, 'newer');
      put(join(redist, '14.44.35112', 'x64', 'Microsoft.VC143.OpenMP'), ['vcomp140.dll'], 'other');
      addRuntime(join(root, 'bin'), { ProgramFiles: root });
      expect(readdirSync(join(root, 'bin')).sort()).toEqual(runtime);
      expect(readFileSync(join(root, 'bin', 'msvcp140.dll'), 'utf8')).toBe('newer');
    }));

  test('or from a folder that is named', () =>
    inFolder((root) => {
      put(join(root, 'mine'), runtime, 'mine');
      addRuntime(join(root, 'bin'), { VC_REDIST_DIR: join(root, 'mine') });
      expect(readdirSync(join(root, 'bin')).sort()).toEqual(runtime);
    }));

  test('and without it no package is made, unless that is said to be meant', () =>
    inFolder((root) => {
      put(join(root, 'mine'), runtime.slice(1), 'incomplete');
      const env = { VC_REDIST_DIR: join(root, 'mine') };
      expect(() => addRuntime(join(root, 'bin'), env)).toThrow(/vcruntime140\.dll.*VC_REDIST_DIR/);
      expect(() => addRuntime(join(root, 'bin'), { ...env, WITHOUT_VC_RUNTIME: '1' })).not.toThrow();
      expect(readdirSync(join(root, 'bin'))).toEqual([]);
    }));
});
