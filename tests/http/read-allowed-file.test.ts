import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayBeLookedAt, readAllowedFile } from '../../main/gateway/http/read-allowed-file';

describe('a path on Windows', () => {
  const folders = { documentFolders: ['D:\\Docs', 'C:\\Data'], dataDir: 'C:\\Data\\Gateway' };
  const may = (path: string, documentFolders = folders.documentFolders) =>
    mayBeLookedAt(path, { ...folders, documentFolders }, 'win32');

  it.each(['D:\\Docs\\a.pdf', 'd:/docs/sub/A.PDF', 'D:\\Docs\\sub\\..\\a.pdf', 'C:\\data\\x.pdf'])(
    '%s may be looked at',
    (path) => expect(may(path)).toBe(true),
  );

  it.each([
    '\\\\host\\share\\x',
    '//host/share/x',
    '\\\\?\\UNC\\host\\share\\x',
    '\\\\.\\D:\\Docs\\a.pdf',
    '\\??\\UNC\\host\\share',
    '\\\\?\\D:\\Docs\\a.pdf',
    '/\\host\\share\\x',
    '\\Docs\\a.pdf',
    'D:a.pdf',
    'D:\\Docs',
    'D:\\Docs2\\a.pdf',
    'D:\\Docs\\..\\a.pdf',
    'D:\\Docs\\a.pdf:stream',
    'D:\\Docs\\a\u0000.pdf',
    'C:\\DATA\\gateway\\secret.key',
    'C:\\Data\\x\\..\\Gateway\\secret.key',
  ])('%s may not', (path) => expect(may(path)).toBe(false));

  it('leads to a share only where one is allowed, and to a whole drive where that is', () => {
    expect(may('\\\\files\\docs\\a.pdf', ['\\\\Files\\Docs'])).toBe(true);
    expect(may('\\\\files\\other\\a.pdf', ['\\\\Files\\Docs'])).toBe(false);
    expect(may('D:\\a.pdf', ['D:\\'])).toBe(true);
    expect(may('D:\\a.pdf', [])).toBe(false);
  });
});

describe('a file', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'modular-gateway-documents-'));
    await mkdir(join(root, 'docs'));
    await mkdir(join(root, 'docs', 'data'));
    await writeFile(join(root, 'docs', 'a.pdf'), 'a');
    await writeFile(join(root, 'docs', 'data', 'secret.key'), 's');
    await writeFile(join(root, 'outside.txt'), 'o');
    await symlink(join(root, 'outside.txt'), join(root, 'docs', 'link.txt'));
    await symlink(join(root, 'docs'), join(root, 'docs-link'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  const read = (path: string, folder = 'docs') =>
    readAllowedFile(
      join(root, path),
      { documentFolders: [join(root, folder)], dataDir: join(root, 'docs', 'data') },
      1_000,
    );

  it('is read from an allowed folder, by whichever of its names', async () => {
    expect(await read('docs/a.pdf')).toEqual({ filename: 'a.pdf', content_base64: 'YQ==' });
    expect(await read('docs/a.pdf', 'docs-link')).toMatchObject({ filename: 'a.pdf' });
    expect(await read('docs-link/a.pdf', 'docs-link')).toMatchObject({ filename: 'a.pdf' });
  });

  it.each(['docs/link.txt', 'docs/../outside.txt', 'docs/data/secret.key', 'docs/nothing', 'docs'])(
    'is refused elsewhere, and never from the data folder: %s',
    async (path) => {
      await expect(read(path)).rejects.toMatchObject({ code: 'path_refused' });
    },
  );
});
