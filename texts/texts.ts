/// <reference lib="dom" />
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../main/contracts/console/desktop-calls';
import en from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    resources: typeof en;
  }
}

/** A further language is a file like these, and a line here. */
export const languages: Readonly<Record<Language, string>> = { en: 'English', af: 'Afrikaans' };

const storageKey = 'modular-gateway.language';

function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(storageKey) ?? '', ...navigator.languages];
  const found = wanted.map((tag) => tag.slice(0, 2)).find((tag) => tag in languages);
  return (found as Language | undefined) ?? 'en';
}

async function loadLanguage(language: Language): Promise<void> {
  if (language === 'en' || i18next.hasResourceBundle(language, 'shell')) return;
  const { default: texts } = await import('./af.json');
  for (const [namespace, bundle] of Object.entries(texts)) {
    i18next.addResourceBundle(language, namespace, bundle);
  }
}

/** Shows the console in the language that was chosen before, or in the system's. */
export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    ns: Object.keys(en),
    defaultNS: 'shell',
    resources: { en },
    // React escapes.
    interpolation: { escapeValue: false },
  });
  await setLanguage(preferredLanguage(), false);
}

export async function setLanguage(language: Language, remember = true): Promise<void> {
  await loadLanguage(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (remember) localStorage.setItem(storageKey, language);
}
