import {
  Button,
  Group,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertDraft } from '../../../main/contracts/console/alert-calls';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { CheckNote } from '../../components/check-note';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { tell } from '../../components/tell';
import { CallError } from '../../gateway-client';
import { useAction, useCall } from '../../use-gateway';
import { LeaveGuard } from './leave-guard';

/** Who is told, outside the console, of what needs a person. */
export function AlertSection() {
  const { t } = useTranslation('settings');
  const saved = useCall('alerts.get', {});
  if (saved.data) return <AlertForm saved={saved.data} />;
  return <ErrorNote error={saved.error} title={t('alerts.notLoaded')} onRetry={() => void saved.refetch()} />;
}

interface Fields {
  readonly draft: AlertDraft;
  readonly problems: Readonly<Record<string, string>>;
  readonly set: (changes: Partial<AlertDraft>) => void;
}

function AlertForm({ saved }: { readonly saved: CallOutput<'alerts.get'> }) {
  const { t } = useTranslation('settings');
  const save = useAction('alerts.save', ['alerts.get']);
  const test = useAction('alerts.test');
  const [changes, setChanges] = useState<Partial<AlertDraft>>({});
  const draft: AlertDraft = { ...saved.settings, ...changes };
  const isChanged = JSON.stringify(draft) !== JSON.stringify(saved.settings);
  const failed = save.error ?? test.error;
  const problems = failed instanceof CallError ? failed.fields : {};
  const set = (more: Partial<AlertDraft>) => {
    save.reset();
    test.reset();
    setChanges({ ...changes, ...more });
  };

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    test.reset();
    save.mutate(draft, {
      onSuccess() {
        setChanges({});
        tell(t('alerts.saved'));
      },
    });
  }

  const fields = { draft, problems, set };
  const isEmpty = [draft.email, draft.webhookUrl, draft.whatsappNumber].every((text) => text.trim() === '');
  return (
    <Section title={t('alerts.title')} hint={t('alerts.hint')}>
      <LeaveGuard unsaved={isChanged} />
      <form noValidate onSubmit={submit}>
        <Stack gap="md" maw={560}>
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
          <WebhookFields {...fields} hasSecret={saved.hasWebhookSecret} />
          <WhatsAppFields {...fields} />
          <QuietFields {...fields} clock={saved.clock} />
          <Group>
            <Button type="submit" disabled={!isChanged} loading={save.isPending}>
              {t('alerts.save')}
            </Button>
            <Button
              variant="default"
              disabled={isEmpty}
              loading={test.isPending}
              onClick={() => {
                save.reset();
                test.mutate(draft);
              }}
            >
              {t('alerts.test')}
            </Button>
          </Group>
          {test.data?.results.map((result) => (
            <CheckNote key={result.way} result={result} />
          ))}
          {Object.keys(problems).length === 0 && <ErrorNote error={failed} />}
        </Stack>
      </form>
    </Section>
  );
}

function WebhookFields({ draft, problems, set, hasSecret }: Fields & { readonly hasSecret: boolean }) {
  const { t } = useTranslation('settings');
  return (
    <>
      <TextInput
        label={t('alerts.webhookUrl')}
        description={t('alerts.webhookHint')}
        type="url"
        maxLength={500}
        error={problems['webhookUrl']}
        value={draft.webhookUrl}
        onChange={(event) => set({ webhookUrl: event.currentTarget.value })}
      />
      {draft.webhookUrl.trim() !== '' && (
        <PasswordInput
          label={t('alerts.webhookSecret')}
          description={t('alerts.webhookSecretHint')}
          placeholder={hasSecret ? t('alerts.webhookSecretSet') : undefined}
          autoComplete="new-password"
          maxLength={200}
          value={draft.webhookSecret ?? ''}
          // Emptied again, the one that is saved stays.
          onChange={({ currentTarget: { value } }) =>
            set({ webhookSecret: value === '' ? undefined : value })
          }
          visibilityToggleButtonProps={{ 'aria-label': t('show') }}
        />
      )}
    </>
  );
}

function WhatsAppFields({ draft, problems, set }: Fields) {
  const { t } = useTranslation('settings');
  const isWanted = draft.whatsappNumber.trim() !== '';
  const tenants = useCall('tenants.list', {}, { enabled: isWanted });
  return (
    <>
      <TextInput
        label={t('alerts.whatsappNumber')}
        type="tel"
        placeholder="+27821234567"
        maxLength={40}
        error={problems['whatsappNumber']}
        value={draft.whatsappNumber}
        onChange={(event) => set({ whatsappNumber: event.currentTarget.value })}
      />
      {isWanted && (
        <Select
          label={t('alerts.whatsappFrom')}
          description={t('alerts.whatsappFromHint')}
          searchable
          allowDeselect={false}
          error={problems['whatsappFrom']}
          data={(tenants.data?.tenants ?? [])
            .filter(({ channels }) => channels.whatsapp)
            .map(({ customerId, name }) => ({
              value: customerId,
              label: ['', customerId].includes(name) ? customerId : `${name} (${customerId})`,
            }))}
          value={draft.whatsappFrom === '' ? null : draft.whatsappFrom}
          onChange={(value) => set({ whatsappFrom: value ?? '' })}
        />
      )}
    </>
  );
}

function QuietFields({ draft, problems, set, clock }: Fields & { readonly clock: string }) {
  const { t } = useTranslation('settings');
  return (
    <div>
      <SimpleGrid cols={2}>
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
      </SimpleGrid>
      <Text size="sm" c="dimmed" mt={4}>
        {t('alerts.quietHint', { clock })}
      </Text>
    </div>
  );
}
