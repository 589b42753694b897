import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Times as short as they can be told apart: `Today, 20:53`, `3 Nov, 20:53`, `3 Nov 2025, 20:53`. */
export function useRowTimes(): (iso: string) => string {
  const { i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const locale = language === 'en' ? 'en-ZA' : language;
    const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
    const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
    const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
    const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    const today = capitalized(relative.format(0, 'day'));
    const yesterday = capitalized(relative.format(-1, 'day'));
    return (iso) => {
      const time = new Date(iso);
      const now = new Date();
      const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
      const dayBefore = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
      const date =
        time >= midnight
          ? today
          : time >= dayBefore
            ? yesterday
            : (time.getFullYear() === now.getFullYear() ? day : dayOfYear).format(time);
      return `${date}, ${clock.format(time)}`;
    };
  }, [language]);
}
