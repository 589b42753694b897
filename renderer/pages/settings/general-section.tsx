import { Button, Group, Text, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { useAction, useCall, useGateway } from '../../use-gateway';
import { DesktopSection } from './desktop-section';
import { GatewaysSection } from './gateways-section';
import { PasswordSection } from './password-section';
import { UpdateSection } from './update-section';

/** The gateway as a whole, and how it is opened. */
export function GeneralSection() {
  const { t } = useTranslation('settings');
  const { entryPoint } = useGateway();
  return (
    <>
      <NameSection />
      <GatewaysSection />
      {entryPoint === 'desktop' ? (
        <>
          <DesktopSection />
          <UpdateSection />
        </>
      ) : (
        <PasswordSection />
      )}
      <Section
        title={t('setup.title')}
        hint={t('setup.hint')}
        actions={
          <Button component={Link} to="/setup" variant="default" style={{ flexShrink: 0 }}>
            {t('setup.open')}
          </Button>
        }
      />
    </>
  );
}

function NameSection() {
  const { t } = useTranslation(['settings', 'shell']);
  const info = useCall('gateway.info', {});
  const rename = useAction('setup.rename', ['gateway.info']);
  const [typed, setTyped] = useState<string>();
  const name = info.data?.name ?? '';
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (typed !== undefined) {
      rename.mutate({ name: typed.trim() }, { onSuccess: () => setTyped(undefined) });
    }
  }
  return (
    <Section title={t('settings:name.title')} hint={t('settings:name.hint')}>
      <form onSubmit={submit}>
        <Group>
          <TextInput
            aria-label={t('settings:name.title')}
            maxLength={100}
            flex={1}
            maw={480}
            value={typed ?? name}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            loading={rename.isPending}
            disabled={typed === undefined || typed.trim() === name}
          >
            {t('shell:action.save')}
          </Button>
        </Group>
      </form>
      <ErrorNote error={rename.error} />
      {info.data && (
        <Text size="sm" c="dimmed" mt="md" className="long-text">
          {t('settings:name.facts', { version: info.data.version, folder: info.data.dataDir })}
        </Text>
      )}
    </Section>
  );
}
