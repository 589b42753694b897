import { win32 } from 'node:path';

/** A program of Windows itself, by its whole path: the PATH of whoever starts us may lead elsewhere. */
export function systemProgram(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const folder = name === 'powershell.exe' ? 'System32\\WindowsPowerShell\\v1.0' : 'System32';
  return win32.join(env['SystemRoot'] ?? 'C:\\Windows', folder, name);
}

/** What makes a folder of Windows a bad place for a database; undefined: nothing. */
export function findFolderTrouble(
  path: string,
  env: NodeJS.ProcessEnv = process.env,
): 'network' | 'onedrive' | 'roaming' | undefined {
  const isIn = (folder: string | undefined) =>
    folder !== undefined && folder !== '' && isSameOrBelow(path, folder);
  if (/^[\\/]{2}(?![?.][\\/])/.test(path) || /^[\\/]{2}\?[\\/]UNC[\\/]/i.test(path)) return 'network';
  const oneDrives = ['OneDrive', 'OneDriveCommercial', 'OneDriveConsumer'].map((name) => env[name]);
  if (oneDrives.some(isIn) || /[\\/]OneDrive( - [^\\/]+)?[\\/]/i.test(path)) return 'onedrive';
  if (isIn(env['APPDATA'])) return 'roaming';
  return undefined;
}

/** Windows does not tell capitals from small letters. */
function isSameOrBelow(path: string, folder: string): boolean {
  const relative = win32.relative(folder.toLowerCase(), path.toLowerCase());
  return relative !== '..' && !relative.startsWith('..\\') && !win32.isAbsolute(relative);
}
