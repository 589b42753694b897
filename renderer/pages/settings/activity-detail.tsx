import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type en from '../../../texts/en.json';
import { readChanges } from './read-changes';

type Detail = CallOutput<'audit.list'>['rows'][number]['detail'];

/** Numbers of the gateway's own, which tell a person nothing. */
const left = new Set(['id', 'operation_id']);

/** What belongs to an action, each change of a setting in a line with before and after; secrets are only set or not set. */
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
  const changes = readChanges(detail);
  // The names alone are in the lines below.
  const isTold = (name: string) => changes.length === 0 || (name !== 'changes' && name !== 'settings');
  const told = Object.entries(detail).filter(
    ([name, value]) => !left.has(name) && isTold(name) && value !== null && value !== '',
  );
  const show = (value: unknown) => (value === null ? t('detail.default') : say('', value));
  return (
    <Text component="div" size="xs" c="dimmed" className="long-text">
      {changes.map(({ name, before, after }) => (
        <div key={name}>
          {name}: {show(before)} → {show(after)}
        </div>
      ))}
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
