import { z } from 'zod';
import { askPowerShell, runWindowsProgram, type RunWindowsProgram } from '../system/run-windows-program';
import type { ProcessEntry } from './process-entry';

const endTimeoutMs = 10_000;

const listScript =
  'ConvertTo-Json -Compress -InputObject @(Get-CimInstance Win32_Process | ' +
  'Select-Object ProcessId,ParentProcessId,CommandLine,WorkingSetSize)';

const windowsProcesses = z.array(
  z.object({
    ProcessId: z.number(),
    ParentProcessId: z.number(),
    CommandLine: z.string().nullable(),
    WorkingSetSize: z.number().nullable(),
  }),
);

/** @throws where PowerShell is forbidden, hangs, or says something else */
export async function listWindowsProcesses(run?: RunWindowsProgram): Promise<readonly ProcessEntry[]> {
  const listed = await askPowerShell(listScript, run);
  return windowsProcesses.parse(Array.isArray(listed) ? listed : [listed]).map((entry) => ({
    pid: entry.ProcessId,
    parentPid: entry.ParentProcessId,
    command: entry.CommandLine ?? '',
    residentKb: Math.round((entry.WorkingSetSize ?? 0) / 1024),
  }));
}

/** A process and all it started. One that is gone already is none to end: exit code 128. */
export async function endWindowsTree(pid: number, run: RunWindowsProgram = runWindowsProgram): Promise<void> {
  await run('taskkill.exe', ['/pid', String(pid), '/T', '/F'], endTimeoutMs).catch(() => undefined);
}
