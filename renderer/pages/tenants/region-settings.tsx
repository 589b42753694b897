import { Autocomplete, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Section } from '../../components/section';
import { TextSetting } from './setting-fields';
import { textInForce, type SettingFields } from './setting-types';

/** Offered first; any other may be typed. */
const usualLocales = [
  'en-ZA',
  'af-ZA',
  'zu-ZA',
  'xh-ZA',
  'en-GB',
  'en-US',
  'en-NA',
  'en-BW',
  'pt-MZ',
  'de-DE',
];

/** How amounts, dates and phone numbers are read and written. */
export function RegionSettings({ form }: { readonly form: SettingFields }) {
  const { t, i18n } = useTranslation('tenants');
  const zone = form.text('timezone');
  const zones = useMemo(() => {
    const known = Intl.supportedValuesOf('timeZone');
    return zone === '' || known.includes(zone) ? known : [zone, ...known];
  }, [zone]);
  const standard = (name: 'locale' | 'currency' | 'timezone') =>
    t('form.default', { value: String(form.defaults[name] ?? '') });
  const currencies = useMemo(() => Intl.supportedValuesOf('currency'), []);
  return (
    <Section title={t('limits.region')} hint={t('limits.regionHint')}>
      <Stack gap="sm">
        <SimpleGrid type="container" cols={{ base: 1, '560px': 2 }} style={{ alignItems: 'start' }}>
          <Autocomplete
            label={t('limits.locale')}
            data={usualLocales}
            placeholder={standard('locale')}
            value={form.text('locale')}
            error={form.problem('locale')}
            onChange={(value) => form.set('locale', value)}
          />
          <Autocomplete
            label={t('limits.currency')}
            data={currencies}
            limit={20}
            placeholder={standard('currency')}
            value={form.text('currency')}
            error={form.problem('currency')}
            onChange={(value) => form.set('currency', value)}
          />
          <Select
            label={t('limits.timezone')}
            data={zones}
            searchable
            limit={50}
            allowDeselect={false}
            clearable={zone !== form.defaults['timezone']}
            clearButtonProps={{ 'aria-label': t('limits.zoneToDefault') }}
            nothingFoundMessage={t('limits.noZone')}
            placeholder={standard('timezone')}
            value={zone === '' ? null : zone}
            error={form.problem('timezone')}
            onChange={(value) => form.set('timezone', value)}
          />
          <TextSetting form={form} name="default_country" label={t('limits.country')} />
        </SimpleGrid>
        <Text size="sm" c="dimmed">
          {t('limits.countryHint', {
            country: nameOfCountry(textInForce(form, 'default_country'), i18n.language) ?? '–',
          })}
        </Text>
        <Text size="sm" role="status">
          <Text span fw={500} inherit>
            {t('limits.example')}:
          </Text>{' '}
          <span className="numbers">{writeExample(form) ?? '–'}</span>
        </Text>
      </Stack>
    </Section>
  );
}

function nameOfCountry(code: string, language: string): string | undefined {
  try {
    return new Intl.DisplayNames(language, { type: 'region', fallback: 'none' }).of(code.toUpperCase());
  } catch {
    // Not a code yet.
    return undefined;
  }
}

function writeExample(form: SettingFields): string | undefined {
  try {
    const locale = textInForce(form, 'locale');
    const amount = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: textInForce(form, 'currency'),
    });
    const date = new Intl.DateTimeFormat(locale, {
      dateStyle: 'long',
      timeStyle: 'short',
      timeZone: textInForce(form, 'timezone'),
    });
    return `${amount.format(1_500)} · ${date.format(new Date())}`;
  } catch {
    // Something is half typed.
    return undefined;
  }
}
