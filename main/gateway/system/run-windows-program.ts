import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { systemProgram } from './windows-paths';

/** Runs a program of Windows and returns what it printed. @throws as execFile does, and after `timeoutMs` */
export type RunWindowsProgram = (name: string, args: readonly string[], timeoutMs: number) => Promise<string>;

export const runWindowsProgram: RunWindowsProgram = async (name, args, timeoutMs) => {
  const { stdout } = await promisify(execFile)(systemProgram(name), args, {
    maxBuffer: 64 * 1024 * 1024,
    windowsHide: true,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  return stdout;
};

/** PowerShell takes seconds to start on a busy PC; longer than this it hangs. */
const powerShellTimeoutMs = 15_000;

/** @throws where PowerShell is forbidden, hangs, or prints something else than JSON */
export async function askPowerShell(
  script: string,
  run: RunWindowsProgram = runWindowsProgram,
): Promise<unknown> {
  // Its own choice would be the code page of DOS, in which "Müller" is another word.
  const whole = `[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false; ${script}`;
  const args = ['-NoProfile', '-NonInteractive', '-Command', whole];
  const text = await run('powershell.exe', args, powerShellTimeoutMs);
  // Some versions begin with a mark of the encoding.
  return JSON.parse(text.replace(/^\uFEFF/, ''));
}
