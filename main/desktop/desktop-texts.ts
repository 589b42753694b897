import { app } from 'electron';
import { createInstance } from 'i18next';
import { desktop as af } from '../../texts/af.json';
import { desktop as en } from '../../texts/en.json';
import type { Language } from '../contracts/console/desktop-calls';
import type { Preferences } from './preferences';

/** A key of a plural is its name without `_one` and `_other`. */
type Singular<Key extends string> = Key extends `${infer Name}_one` | `${infer Name}_other` ? Name : Key;
type Translate = (
  key: Singular<keyof typeof en>,
  values?: Readonly<Record<string, string | number>>,
) => string;

/** The words of menus, tray and notifications, in the language of the preferences or of the system. */
export interface DesktopTexts {
  readonly t: Translate;
  /** Returns what takes the listener off again. */
  onChange(listener: () => void): () => void;
}

function systemLanguage(): Language {
  return app.getPreferredSystemLanguages()[0]?.toLowerCase().startsWith('af') ? 'af' : 'en';
}

export function createDesktopTexts(preferences: Preferences): DesktopTexts {
  const texts = createInstance();
  void texts.init({
    lng: 'en',
    fallbackLng: 'en',
    ns: ['desktop'],
    defaultNS: 'desktop',
    resources: { en: { desktop: en }, af: { desktop: af } },
    initAsync: false,
    interpolation: { escapeValue: false },
  });
  const language = () => preferences.get().language ?? systemLanguage();
  const translate = texts.t as (key: string, values: object) => string;
  return {
    t: (key, values) => translate(key, { ...values, lng: language(), ns: 'desktop' }),
    onChange: (listener) => preferences.onChange(listener),
  };
}
