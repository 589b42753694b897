import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemProgram } from '../../system/windows-paths';

/** Parts of Microsoft's Visual C++ runtime that PostgreSQL's programs are linked to, and that Windows does not bring. */
const runtimeDlls = ['vcruntime140.dll', 'vcruntime140_1.dll', 'msvcp140.dll'];

/** Those that are neither beside PostgreSQL's programs (our installer puts them there) nor in Windows. */
export async function findMissingRuntime(
  binFolder: string,
  systemFolder = dirname(systemProgram('kernel32.dll')),
): Promise<readonly string[]> {
  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  const found = await Promise.all(
    runtimeDlls.map(
      async (name) => (await isThere(join(binFolder, name))) || (await isThere(join(systemFolder, name))),
    ),
  );
  return runtimeDlls.filter((_name, index) => !found[index]);
}
