import { ChannelError } from '../channel';

/**
 * Files that run when somebody opens them; mail programs and providers refuse them as well.
 * Source: what both Outlook's and Gmail's lists of blocked attachments name among plain executables and
 * scripts. Documents with macros and archives are not here: offices do send those.
 */
const refusedExtensions = new Set([
  ...['exe', 'com', 'bat', 'cmd', 'scr', 'pif', 'msi', 'msp', 'cpl', 'dll', 'lnk', 'reg', 'jar', 'hta'],
  ...['js', 'jse', 'vbs', 'vbe', 'wsf', 'wsh', 'wsc', 'ps1'],
]);

const longestFileName = 200;

/**
 * A file's name without folders, control characters and invisible marks that turn the reading direction
 * (`invoice\u202Efdp.exe` shows as `invoiceexe.pdf`).
 */
export function cleanFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    // Windows drops dots and spaces at the end, so that `run.exe.` would be `run.exe` again.
    .replace(/[. ]+$/, '')
    .trim();
  if (clean === '') return 'attachment';
  if (clean.length <= longestFileName) return clean;
  const extension = /\.[^.]{1,10}$/.exec(clean)?.[0] ?? '';
  return clean.slice(0, longestFileName - extension.length) + extension;
}

/** @throws ChannelError permanent, `attachment_type_refused`, for a file that runs when it is opened */
export function checkFileName(filename: string): void {
  const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  if (!refusedExtensions.has(extension)) return;
  throw new ChannelError(
    'permanent',
    'attachment_type_refused',
    `The attachment ${filename} is a program (.${extension}); the gateway does not send programs.`,
  );
}
