import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { renamePatientlySync } from '../gateway/system/patient-rename';

/** What a small file of the shell's own holds; undefined where it is not there or is no JSON. */
export function readStoredJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Nothing in it is worth stopping for.
    return undefined;
  }
}

/** Whole or not at all, also when the power fails. @throws when the disk is full or may not be written */
export function writeStoredJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  renamePatientlySync(draft, path);
}
