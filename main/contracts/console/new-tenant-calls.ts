import { z } from 'zod';
import { defineCall } from './define-call';
import { nothing } from './parts';
import { settingChanges, settingValues } from './tenant-calls';

const newTenantView = z.object({
  /** only what is set */
  settings: settingValues,
  /** what a new tenant begins with otherwise */
  defaults: settingValues,
});

/** What every tenant that is added later begins with. */
export const newTenantCalls = {
  'newTenants.get': defineCall(nothing, newTenantView),
  /** null: back to the built-in default. All of it or nothing: `invalid_settings`. */
  'newTenants.save': defineCall(z.strictObject({ values: settingChanges }), newTenantView),
};
