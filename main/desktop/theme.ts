import { nativeTheme } from 'electron';
import type { Preferences } from './preferences';

/** Menus, dialogs and the page's `prefers-color-scheme` follow the preference. */
export function setupTheme(preferences: Preferences): void {
  nativeTheme.themeSource = preferences.get().theme;
  preferences.onChange(({ theme }) => {
    nativeTheme.themeSource = theme;
  });
}
