import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** To the second, for whoever points at a time: `30 Nov 2026, 20:53:07`. */
export function useExactTime(): (iso: string) => string {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const locale = language === 'en' ? 'en-ZA' : language;
    const format = new Intl.DateTimeFormat(locale, {
      dateStyle: 'medium',
      timeStyle: 'medium',
      hour12: false,
    });
    return (iso) => format.format(new Date(iso));
  }, [language]);
}
