import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { moveRestAside } from '../../../main/gateway/storage/embedded/cluster-remains';
import { describeExit } from '../../../main/gateway/storage/embedded/describe-exit';
import { isClearNo } from '../../../main/gateway/storage/embedded/postgres-cluster';
import { ServerToolError } from '../../../main/gateway/storage/embedded/postgres-tools';
import { chooseServerLog } from '../../../main/gateway/storage/embedded/server-log';
import { findMissingRuntime } from '../../../main/gateway/storage/embedded/vc-runtime';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'windows-server-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each([
  [3221225781, '0xC0000135', /Visual C\+\+ runtime/],
  [-1073741515, '0xC0000135', /vc_redist\.x64/],
  [3221225477, '0xC0000005', /crashed.*Visual C\+\+/],
  [3221225785, '0xC0000139', /too old/],
  [3221225506, '0xC0000022', /denied access/],
  [-1073741510, '0xC000013A', /Ctrl-C/],
])('exit code %d is told in words', (code, hex, words) => {
  expect(describeExit(code)).toContain(hex);
  expect(describeExit(code)).toMatch(words);
});
test('an ordinary exit code stays a number', () => {
  expect([0, 1, 3, 255].map(describeExit)).toEqual(['0', '1', '3', '255']);
});

test('only exit code 3 of pg_ctl says that no server runs', () => {
  expect(isClearNo(new ServerToolError('no server running', 3))).toBe(true);
  for (const code of [1, 4, 3221225477, 3221225781, undefined]) {
    expect(isClearNo(new ServerToolError('pg_ctl', code))).toBe(false);
  }
  expect(isClearNo(new Error('EPERM'))).toBe(false);
});

test('on Windows the server is handed nothing of ours, and its own collector keeps a week', async () => {
  const log = chooseServerLog('/data', 'win32');
  expect((await log.openOutput()).output).toBe('ignore');
  expect(log.isEndless).toBe(false);
  expect(log.settings).toMatchObject({ logging_collector: 'on', log_truncate_on_rotation: 'on' });
});

describe('the Visual C++ runtime', () => {
  const names = ['vcruntime140.dll', 'vcruntime140_1.dll', 'msvcp140.dll'];
  const put = async (folder: string, files: readonly string[]) => {
    await mkdir(join(root, folder), { recursive: true });
    for (const name of files) await writeFile(join(root, folder, name), '');
  };

  test('is missed where neither Windows nor the package has it', async () => {
    await put('bin', []);
    await put('System32', ['vcruntime140.dll']);
    expect(await findMissingRuntime(join(root, 'bin'), join(root, 'System32'))).toEqual(names.slice(1));
  });

  test('may be in either, or partly in both', async () => {
    await put('bin', names.slice(0, 1));
    await put('System32', names.slice(1));
    expect(await findMissingRuntime(join(root, 'bin'), join(root, 'System32'))).toEqual([]);
    expect(await findMissingRuntime(join(root, 'bin'), join(root, 'nowhere'))).toEqual(names.slice(1));
  });
});

describe('what a removal of Windows’ has left in the cluster’s place', () => {
  test('is moved aside, and kept', async () => {
    await mkdir(join(root, 'cluster', 'base'), { recursive: true });
    await writeFile(join(root, 'cluster', 'base', '1'), 'held by a scanner');
    await moveRestAside(join(root, 'cluster'));
    const [name] = await readdir(root);
    expect(name).toMatch(/^rest-of-cluster\./);
    expect(await readFile(join(root, name ?? '', 'base', '1'), 'utf8')).toBe('held by a scanner');
  });

  test('is left alone where it is a cluster, and where nothing is', async () => {
    await moveRestAside(join(root, 'cluster'));
    await mkdir(join(root, 'cluster'));
    await writeFile(join(root, 'cluster', 'PG_VERSION'), '18\n');
    await moveRestAside(join(root, 'cluster'));
    expect(await readdir(root)).toEqual(['cluster']);
  });
});
