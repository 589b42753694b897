/** How Windows ends programs that it cannot run, in words. https://learn.microsoft.com/openspecs/windows_protocols/ms-erref */
const windowsEndings = new Map<number, string>([
  [
    0xc0000135,
    'a DLL is missing; most often it is the Microsoft Visual C++ runtime: install https://aka.ms/vs/17/release/vc_redist.x64.exe',
  ],
  [
    0xc0000139,
    'a DLL is too old; most often it is the Microsoft Visual C++ runtime: install https://aka.ms/vs/17/release/vc_redist.x64.exe',
  ],
  [
    0xc0000005,
    'it crashed, as it does with an old Microsoft Visual C++ runtime: install https://aka.ms/vs/17/release/vc_redist.x64.exe',
  ],
  [0xc000007b, 'a DLL is for another kind of processor'],
  [0xc0000142, 'Windows could not start it: it is shutting down, or out of resources'],
  [0xc0000022, 'Windows denied access: a security program may block it'],
  [0xc0000409, 'it ended itself after a fault'],
  [0xc000013a, 'Ctrl-C ended it'],
  [0x40010004, 'Windows ended it at the end of the session'],
]);

/** An exit code for people. Node tells Windows' as positive numbers, some programs as negative ones. */
export function describeExit(code: number): string {
  const ending = windowsEndings.get(code >>> 0);
  return ending === undefined ? String(code) : `0x${(code >>> 0).toString(16).toUpperCase()} (${ending})`;
}
