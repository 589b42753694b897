import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

export interface Formats {
  number(value: number): string;
  /** `842`, `1,3K`: where there is little room, the exact one beside it */
  short(value: number): string;
  /** `22 Nov 2026, 20:53` in the zone of whoever looks */
  dateTime(iso: string): string;
  time(iso: string): string;
  /** `14:00` */
  hour(iso: string): string;
  /** `3 minutes ago`, `in 2 hours` */
  relative(iso: string, nowMs?: number): string;
  /** 1.2 s, 340 ms */
  duration(ms: number): string;
  bytes(value: number): string;
}

const steps = [
  [60, 'second', 1],
  [3_600, 'minute', 60],
  [86_400, 'hour', 3_600],
  [2_592_000, 'day', 86_400],
  [31_536_000, 'month', 2_592_000],
  [Number.POSITIVE_INFINITY, 'year', 31_536_000],
] as const;

/** Numbers and times as people of the chosen language write them. */
export function useFormats(): Formats {
  const { t, i18n } = useTranslation();
  const language = i18n.language;
  return useMemo(() => {
    const locale = language === 'en' ? 'en-ZA' : language;
    const number = new Intl.NumberFormat(locale);
    const short = new Intl.NumberFormat(locale, { notation: 'compact' });
    const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const dateTime = new Intl.DateTimeFormat(locale, {
      dateStyle: 'medium',
      timeStyle: 'short',
      hourCycle: 'h23',
    });
    const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });
    const hour = new Intl.DateTimeFormat(locale, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
    return {
      short: (value) => short.format(value),
      number: (value) => number.format(value),
      dateTime: (iso) => dateTime.format(new Date(iso)),
      hour: (iso) => hour.format(new Date(iso)),
      time: (iso) => time.format(new Date(iso)),
      relative(iso, nowMs = Date.now()) {
        const seconds = Math.round((Date.parse(iso) - nowMs) / 1_000);
        if (Math.abs(seconds) < 5) return t('time.now');
        const step = steps.find(([below]) => Math.abs(seconds) < below) ?? steps[5];
        return relative.format(Math.trunc(seconds / step[2]), step[1]);
      },
      duration: (ms) =>
        ms < 1_000 ? `${number.format(Math.round(ms))} ms` : `${decimal.format(ms / 1_000)} s`,
      bytes(value) {
        const units = ['B', 'kB', 'MB', 'GB', 'TB'];
        const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
        return `${decimal.format(value / 1_000 ** power)} ${units[power]}`;
      },
    };
  }, [language, t]);
}
