import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly deprecated?: string;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly allowScripts: Record<string, boolean>;
};
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly lockfileVersion: number;
  readonly packages: Record<string, LockedPackage>;
};
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, locked]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 13), path, ...locked }));

/** All of them let the product be given to customers without its source and without asking. */
const allowedLicences = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]);

/** Licences said in no package.json, that somebody looked up. */
const licencesByHand: Readonly<Record<string, string>> = {
  // The version that fluent-ffmpeg brings says it in its LICENSE file only.
  async: 'MIT',
};

/** Licences outside the list that are accepted for one package, and why. */
const licenceExceptions: Readonly<Record<string, string>> = {
  // Loaded as it came from the registry, as a package of its own that anybody can replace:
  // what section 4 asks for. whatsapp-web.js makes stickers with it, which the gateway never sends.
  'node-webpmux': 'LGPL-3.0-or-later',
};

/** Deprecated, or nobody looks after it any more, and still here: why. */
const keptDespite: Readonly<Record<string, string>> = {
  'fluent-ffmpeg':
    'Loaded by whatsapp-web.js, which turns videos into stickers with it; the gateway sends none.',
  glob: 'Version 10 comes with archiver of whatsapp-web.js for remote sessions; ours are local: never loaded.',
};

/** `(MIT OR Apache-2.0)`: one that is allowed is enough; `A AND B`: both. */
function isAllowed(licence: string): boolean {
  const words = licence.replace(/[()]/g, '');
  return words
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((part) => allowedLicences.has(part.trim())));
}

/** Old packages have a list of `licenses`. */
function readLicence(file: string): string | undefined {
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8')) as {
    license?: unknown;
    licenses?: readonly { readonly type?: unknown }[];
  };
  const said = license ?? licenses?.[0]?.type;
  return typeof said === 'string' ? said : undefined;
}

describe('dependencies', () => {
  it('are locked, each by what its contents hash to', () => {
    expect(lock.lockfileVersion).toBe(3);
    expect(packages.length).toBeGreaterThan(100);
    const open = packages.filter(({ link, integrity }) => !link && integrity === undefined);
    expect(open.map(({ path }) => path)).toEqual([]);
    const root = lock.packages[''] as Record<string, unknown>;
    expect(root['dependencies']).toEqual(manifest.dependencies);
    expect(root['devDependencies']).toEqual(manifest.devDependencies);
  });

  it('are pinned to one version', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('have licences that allow what we do with them', () => {
    const refused = packages
      .filter(({ dev }) => !dev)
      .map(({ name, path, license }) => {
        const file = `${path}/package.json`;
        const own = existsSync(file) ? readLicence(file) : undefined;
        const licence = licencesByHand[name] ?? license ?? (typeof own === 'string' ? own : 'none');
        return { name, licence };
      })
      .filter(({ name, licence }) => !isAllowed(licence) && licenceExceptions[name] !== licence);
    expect(refused).toEqual([]);
  });

  it('run no script at installation that nobody looked at', () => {
    const scripts = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name);
    const unlisted = scripts.filter((name) => !(name in manifest.allowScripts));
    expect(unlisted).toEqual([]);
    // Nor is anything allowed that is not there.
    const installed = new Set(packages.map(({ name }) => name));
    const stale = Object.keys(manifest.allowScripts).filter(
      (name) => !installed.has(name.replace(/(.)@.*$/, '$1')),
    );
    expect(stale).toEqual([]);
  });

  it('that are deprecated have a line that says why they are kept', () => {
    // npm writes it into the lockfile where the registry says so; the list holds what is known besides.
    const deprecated = packages.filter((entry) => !entry.dev && entry.deprecated !== undefined);
    expect(deprecated.map(({ name }) => name).filter((name) => !(name in keptDespite))).toEqual([]);
    const installed = new Set(packages.filter(({ dev }) => !dev).map(({ name }) => name));
    expect(Object.keys(keptDespite).filter((name) => !installed.has(name))).toEqual([]);
  });

  it('would be refused: the rules catch a breach', () => {
    expect(isAllowed('GPL-3.0-only')).toBe(false);
    expect(isAllowed('(MIT OR GPL-3.0-only)')).toBe(true);
    expect(isAllowed('MIT AND GPL-3.0-only')).toBe(false);
    expect(isAllowed('none')).toBe(false);
  });
});
