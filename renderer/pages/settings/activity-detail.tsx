import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type en from '../../../texts/en.json';

type Detail = CallOutput<'audit.list'>['rows'][number]['detail'];

/** Numbers of the gateway's own, which tell a person nothing. */
const left = new Set(['id', 'operation_id']);

/** `Settings: smtp_host, smtp_port`: names only, the gateway records no values of settings. */
export function ActivityDetail({ detail }: { readonly detail: Detail }) {
  const { t } = useTranslation('settings');
  const say = (name: string, value: unknown): string => {
    if (typeof value === 'boolean') return t(value ? 'choice.true' : 'choice.false');
    if (Array.isArray(value)) return value.join(', ');
    if (name === 'operation') {
      return t(`operation.${String(value) as keyof typeof en.settings.operation}`, {
        defaultValue: String(value),
      });
    }
    // The folder of backups is shown where they are.
    return name === 'file' ? String(value).replace(/^.*[\\/]/, '') : String(value);
  };
  const told = Object.entries(detail).filter(
    ([name, value]) => !left.has(name) && value !== null && value !== '',
  );
  return (
    <Text size="xs" c="dimmed" className="long-text">
      {told
        .map(([name, value]) => {
          const label = t(`detail.${name as keyof typeof en.settings.detail}`, {
            defaultValue: name.replaceAll('_', ' '),
          });
          return `${label}: ${say(name, value)}`;
        })
        .join(' · ')}
    </Text>
  );
}
