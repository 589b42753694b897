import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, errorCode, errorText } from '../errors';
import type { SecretStore } from '../secrets/secret-store';
import {
  configurationVariables,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from './config-variables';

/** What somebody saved in the console, kept in the data folder: in force where the environment says nothing. */
export interface SavedSettings {
  /** @throws ConfigurationError when the file is there and cannot be read */
  read(): SavedValues;
  /** Changes some values, null takes one out. All of it or nothing, also when the power fails. */
  write(changes: Readonly<Record<string, string | null>>): void;
}

interface SavedValues {
  /** by the names of the environment, secrets readable */
  readonly values: Readonly<Record<string, string>>;
  /** secrets that were saved with another key, and count as not set */
  readonly unreadable: readonly string[];
}

const fileSchema = z.object({ values: z.record(z.string(), z.string()) });

/** Needed to find and to read the file, so they cannot stand in it. */
const neverSaved: readonly string[] = ['GATEWAY_DATA_DIR', 'GATEWAY_MASTER_KEY'];

export function savedSettingsFile(dataDir: string): string {
  return join(dataDir, 'settings.json');
}

/** May this variable be saved? */
export function isSavable(name: string): name is ConfigurationVariableName {
  return Object.hasOwn(configurationVariables, name) && !neverSaved.includes(name);
}

export function createSavedSettings(options: {
  readonly dataDir: string;
  readonly secrets: SecretStore;
}): SavedSettings {
  const { dataDir, secrets } = options;
  const path = savedSettingsFile(dataDir);

  function readStored(): Record<string, string> {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (thrown) {
      if (errorCode(thrown) === 'ENOENT' || errorCode(thrown) === 'ENOTDIR') return {};
      throw new ConfigurationError(`${path} cannot be read: ${errorText(thrown)}.`, { cause: thrown });
    }
    try {
      const { values } = fileSchema.parse(JSON.parse(text));
      // Of a newer version, or of somebody's hand: not ours to complain about.
      return Object.fromEntries(Object.entries(values).filter(([name]) => isSavable(name)));
    } catch (thrown) {
      throw new ConfigurationError(`${path} does not hold saved settings: correct or remove it.`, {
        cause: thrown,
      });
    }
  }

  return {
    read() {
      const values: Record<string, string> = {};
      const unreadable: string[] = [];
      for (const [name, stored] of Object.entries(readStored())) {
        try {
          values[name] = isSecret(name) ? secrets.decrypt(stored) : stored;
        } catch {
          unreadable.push(name);
        }
      }
      return { values, unreadable };
    },
    write(changes) {
      const stored = new Map(Object.entries(readStored()));
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) stored.delete(name);
        else stored.set(name, isSecret(name) ? secrets.encrypt(value) : value);
      }
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
      try {
        const text = `${JSON.stringify({ values: Object.fromEntries(stored) }, null, 2)}\n`;
        writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
        renameSync(draft, path);
      } finally {
        rmSync(draft, { force: true });
      }
    },
  };
}

function isSecret(name: string): boolean {
  if (!isSavable(name)) return false;
  const variable: ConfigurationVariable = configurationVariables[name];
  return variable.secret === true;
}
