import { Alert, Button, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertSettings } from '../../../main/contracts/console/alert-calls';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { CallError } from '../../gateway-client';
import { useAction, useCall } from '../../use-gateway';

/** Who is told, outside the console, of what needs a person. */
export function AlertSection() {
  const { t } = useTranslation('settings');
  const saved = useCall('alerts.get', {});
  if (saved.data) return <AlertForm key={JSON.stringify(saved.data)} saved={saved.data} />;
  return <ErrorNote error={saved.error} title={t('alerts.title')} />;
}

function AlertForm({ saved }: { readonly saved: AlertSettings }) {
  const { t } = useTranslation('settings');
  const save = useAction('alerts.save', ['alerts.get']);
  const test = useAction('alerts.test');
  const [draft, setDraft] = useState(saved);
  const failed = save.error ?? test.error;
  const problems = failed instanceof CallError ? failed.fields : {};
  const isChanged = JSON.stringify(draft) !== JSON.stringify(saved);
  const set = (changes: Partial<AlertSettings>) => {
    save.reset();
    test.reset();
    setDraft({ ...draft, ...changes });
  };

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    test.reset();
    save.mutate(draft);
  }

  return (
    <Section title={t('alerts.title')} hint={t('alerts.hint')}>
      <Stack component="form" gap="md" maw={480} onSubmit={submit}>
        <Switch
          label={t('alerts.isOn')}
          checked={draft.isOn}
          onChange={(event) => set({ isOn: event.currentTarget.checked })}
        />
        <TextInput
          label={t('alerts.email')}
          type="email"
          maxLength={254}
          error={problems['email']}
          value={draft.email}
          onChange={(event) => set({ email: event.currentTarget.value })}
        />
        <TextInput
          label={t('alerts.webhookUrl')}
          description={t('alerts.webhookHint')}
          maxLength={500}
          error={problems['webhookUrl']}
          value={draft.webhookUrl}
          onChange={(event) => set({ webhookUrl: event.currentTarget.value })}
        />
        <Group grow align="flex-start">
          <TextInput
            label={t('alerts.quietFrom')}
            type="time"
            error={problems['quietFrom']}
            value={draft.quietFrom}
            onChange={(event) => set({ quietFrom: event.currentTarget.value.slice(0, 5) })}
          />
          <TextInput
            label={t('alerts.quietTo')}
            type="time"
            error={problems['quietTo']}
            value={draft.quietTo}
            onChange={(event) => set({ quietTo: event.currentTarget.value.slice(0, 5) })}
          />
        </Group>
        <Text size="sm" c="dimmed">
          {t('alerts.quietHint')}
        </Text>
        <Group>
          <Button type="submit" disabled={!isChanged} loading={save.isPending}>
            {t('alerts.save')}
          </Button>
          <Button
            variant="default"
            disabled={draft.email.trim() === '' && draft.webhookUrl.trim() === ''}
            loading={test.isPending}
            onClick={() => {
              save.reset();
              test.mutate(draft);
            }}
          >
            {t('alerts.test')}
          </Button>
        </Group>
        {test.data?.results.map(({ way, ok, message }) => (
          <Alert key={way} color={ok ? 'teal' : 'red'} variant="light" py="xs" role="status">
            {message}
          </Alert>
        ))}
        <ErrorNote error={failed} />
      </Stack>
    </Section>
  );
}
