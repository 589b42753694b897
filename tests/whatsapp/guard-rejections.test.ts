import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { isLibraryRejection } from '../../main/gateway/whatsapp/guard-rejections';

function errorFrom(file: string): Error {
  const error = new Error('Protocol error');
  error.stack = `Error: Protocol error\n    at run (${file}:1:1)`;
  return error;
}

test('rejections of the library are known by their stack, or by its two bare strings', () => {
  expect(isLibraryRejection(errorFrom('/app/node_modules/whatsapp-web.js/src/Client.js'))).toBe(true);
  expect(isLibraryRejection(errorFrom('C:\\app\\node_modules\\puppeteer-core\\lib\\x.js'))).toBe(true);
  expect(isLibraryRejection('auth timeout')).toBe(true);
  expect(isLibraryRejection(errorFrom('/app/node_modules/pg/lib/client.js'))).toBe(false);
  expect(isLibraryRejection(errorFrom('/app/dist/main/cli.js'))).toBe(false);
  expect(isLibraryRejection('some string')).toBe(false);
  expect(isLibraryRejection(undefined)).toBe(false);
});

const source = (path: string) => new URL(`../../main/gateway/${path}`, import.meta.url);
const transpile = async (path: string) =>
  ts
    .transpileModule(await readFile(source(path), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    .outputText.replace('../errors', './errors.mjs');

/** The guard as it is, in a process of its own: a test runner has listeners that would hide what it does. */
async function runGuarded(reason: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'guard-test-'));
  await writeFile(join(folder, 'errors.mjs'), await transpile('errors.ts'));
  await writeFile(join(folder, 'guard.mjs'), await transpile('whatsapp/guard-rejections.ts'));
  await writeFile(
    join(folder, 'main.mjs'),
    `import { guardLibraryRejections } from './guard.mjs';
     guardLibraryRejections({ error: (message) => console.log('logged', message) });
     void Promise.reject(${reason});
     setTimeout(() => console.log('alive'), 100);`,
  );
  try {
    const result = await promisify(execFile)(process.execPath, [join(folder, 'main.mjs')]);
    return { code: 0, ...result };
  } catch (thrown) {
    return thrown as { code: number; stdout: string; stderr: string };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('a library rejection is logged and the process lives; any other ends it as Node does', async () => {
  const logged = await runGuarded(`'auth timeout'`);
  expect(logged).toMatchObject({ code: 0, stdout: expect.stringMatching(/logged .*\nalive/) as string });
  const ended = await runGuarded(`new Error('a fault of ours')`);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('a fault of ours');
  expect(ended.stdout).not.toContain('alive');
});
