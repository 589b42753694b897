import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, errorCode, errorText } from '../errors';
import type { SecretStore } from '../secrets/secret-store';
import { renamePatientlySync } from '../system/patient-rename';
import { configurationVariables, type ConfigurationVariable } from './config-variables';
import { isSavable, type ConfigurationPlace } from './variable-protection';

/** What somebody saved in the console, kept in the data folder: in force where the environment says nothing. */
export interface SavedSettings {
  /** @throws ConfigurationError when the file is there and cannot be read */
  read(): SavedValues;
  /** Changes some values, null takes one out. All of it or nothing, also when the power fails. */
  write(changes: Readonly<Record<string, string | null>>): void;
  /** Makes it known that the machine's own variables in the file were set in the desktop app's window. */
  markAsOfWindow(): void;
}

interface SavedValues {
  /** by the names of the environment, secrets readable */
  readonly values: Readonly<Record<string, string>>;
  /** secrets that were saved with another key, and count as not set */
  readonly unreadable: readonly string[];
  /** what stands in the file and only the environment sets here */
  readonly ignored: readonly string[];
}

const fileSchema = z.object({
  values: z.record(z.string(), z.string()),
  /** The desktop app wrote it: commands go by all of it, as the app does. */
  ofWindow: z.literal(true).optional(),
});
type StoredSettings = z.output<typeof fileSchema>;

export function savedSettingsFile(dataDir: string): string {
  return join(dataDir, 'settings.json');
}

export function createSavedSettings(options: {
  readonly dataDir: string;
  readonly secrets: SecretStore;
  readonly place: ConfigurationPlace;
}): SavedSettings {
  const { dataDir, secrets, place } = options;
  const path = savedSettingsFile(dataDir);

  function readStored(): StoredSettings {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (thrown) {
      if (errorCode(thrown) === 'ENOENT' || errorCode(thrown) === 'ENOTDIR') return { values: {} };
      throw new ConfigurationError(`${path} cannot be read: ${errorText(thrown)}.`, { cause: thrown });
    }
    try {
      const { values, ofWindow } = fileSchema.parse(JSON.parse(text));
      // Of a newer version, or of somebody's hand: not ours to complain about.
      const known = Object.entries(values).filter(([name]) => isSavable(name, 'desktop'));
      return { values: Object.fromEntries(known), ofWindow };
    } catch (thrown) {
      throw new ConfigurationError(`${path} does not hold saved settings: correct or remove it.`, {
        cause: thrown,
      });
    }
  }

  function writeStored(stored: StoredSettings): void {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      const text = `${JSON.stringify(stored, null, 2)}\n`;
      writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
      renamePatientlySync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
  }

  return {
    read() {
      const values: Record<string, string> = {};
      const unreadable: string[] = [];
      const ignored: string[] = [];
      const { values: stored, ofWindow } = readStored();
      const judgedAs = place === 'command' && ofWindow ? 'desktop' : place;
      for (const [name, value] of Object.entries(stored)) {
        if (!isSavable(name, judgedAs)) {
          ignored.push(name);
          continue;
        }
        try {
          values[name] = isSecret(name) ? secrets.decrypt(value) : value;
        } catch {
          unreadable.push(name);
        }
      }
      return { values, unreadable, ignored };
    },
    write(changes) {
      const { values, ofWindow } = readStored();
      const stored = new Map(Object.entries(values));
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) stored.delete(name);
        else stored.set(name, isSecret(name) ? secrets.encrypt(value) : value);
      }
      writeStored({ values: Object.fromEntries(stored), ofWindow: place === 'desktop' ? true : ofWindow });
    },
    markAsOfWindow() {
      const stored = readStored();
      if (stored.ofWindow || Object.keys(stored.values).length === 0) return;
      writeStored({ ...stored, ofWindow: true });
    },
  };
}

function isSecret(name: string): boolean {
  if (!isSavable(name, 'desktop')) return false;
  const variable: ConfigurationVariable = configurationVariables[name];
  return variable.secret === true;
}
