import { z } from 'zod';
import { defineCall } from './define-call';
import { nothing } from './parts';

const languageSchema = z.enum(['en', 'af']);
export type Language = z.output<typeof languageSchema>;

export const desktopPreferencesSchema = z.strictObject({
  language: languageSchema.nullable(),
  theme: z.enum(['system', 'light', 'dark']),
  startAtLogin: z.boolean(),
  closeToTray: z.boolean(),
  notifications: z.boolean(),
});
export type DesktopPreferences = z.output<typeof desktopPreferencesSchema>;

const gatewayStateSchema = z.object({
  state: z.enum(['starting', 'running', 'stopping', 'failed']),
  /** one line why, when it failed */
  error: z.string().nullable(),
});
export type GatewayState = z.output<typeof gatewayStateSchema>;

const updateSchema = z.object({
  state: z.enum(['off', 'idle', 'checking', 'downloading', 'ready', 'failed']),
  version: z.string().nullable(),
  error: z.string().nullable(),
});

/** What only the desktop can do: answered by main/desktop, not by the gateway; also while that is not up. */
export const desktopCalls = {
  'desktop.state': defineCall(nothing, gatewayStateSchema),
  /** Tries again after a start that failed. */
  'desktop.startGateway': defineCall(nothing, nothing),
  'desktop.getPreferences': defineCall(nothing, desktopPreferencesSchema),
  'desktop.setPreferences': defineCall(desktopPreferencesSchema.partial(), desktopPreferencesSchema),
  'desktop.openLogsFolder': defineCall(nothing, nothing),
  /** Asks where to, and copies the file of an operation there. */
  'desktop.saveFile': defineCall(
    z.strictObject({ downloadToken: z.string().max(200), name: z.string().max(200) }),
    z.object({ savedTo: z.string().nullable() }),
  ),
  /** Asks for a backup, and copies it to where `backups.list` finds it. */
  'desktop.importBackup': defineCall(nothing, z.object({ name: z.string().nullable() })),
  'desktop.update': defineCall(nothing, updateSchema),
  'desktop.checkForUpdate': defineCall(nothing, updateSchema),
  'desktop.installUpdate': defineCall(nothing, nothing),
};
