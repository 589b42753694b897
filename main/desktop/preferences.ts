import { join } from 'node:path';
import { z } from 'zod';
import { desktopPreferencesSchema, type DesktopPreferences } from '../contracts/console/desktop-calls';
import { readStoredJson, writeStoredJson } from './stored-json';

const defaults: DesktopPreferences = {
  language: null,
  theme: 'system',
  startAtLogin: false,
  closeToTray: true,
  notifications: true,
};

/** What the person at this PC chose, and what this person was told already. */
export interface Preferences {
  get(): DesktopPreferences;
  set(changes: Partial<DesktopPreferences>): DesktopPreferences;
  /** Returns what takes the listener off again. */
  onChange(listener: (preferences: DesktopPreferences) => void): () => void;
  /** True the first time, on this PC, that it is asked; false ever after. */
  isFirstClose(): boolean;
}

const storedSchema = z.object({
  preferences: desktopPreferencesSchema.partial().catch({}),
  toldOfTray: z.boolean().catch(false),
});

export function createPreferences(folder: string): Preferences {
  const path = join(folder, 'preferences.json');
  const stored = storedSchema.catch({ preferences: {}, toldOfTray: false }).parse(readStoredJson(path));
  let current: DesktopPreferences = { ...defaults, ...withoutUndefined(stored.preferences) };
  let toldOfTray = stored.toldOfTray;
  const listeners = new Set<(preferences: DesktopPreferences) => void>();
  const save = () => writeStoredJson(path, { preferences: current, toldOfTray });

  return {
    get: () => current,
    set(changes) {
      current = { ...current, ...withoutUndefined(changes) };
      save();
      for (const listener of listeners) listener(current);
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isFirstClose() {
      if (toldOfTray) return false;
      toldOfTray = true;
      save();
      return true;
    },
  };
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
