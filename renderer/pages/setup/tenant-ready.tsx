import { Alert, Box, Code, Group, Loader, Select, Stack, Tabs, Text, ThemeIcon } from '@mantine/core';
import { IconCircleCheck, IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyAction, CopyField } from '../../components/copy-field';
import { ErrorNote } from '../../components/error-note';
import { useFormats } from '../../use-formats';
import { useCall, usePush } from '../../use-gateway';

interface TenantReadyProps {
  readonly customerId: string;
  readonly apiKey: string;
}

/** The key, what to paste into the PHP application, and whether that has come through. */
export function TenantReady({ customerId, apiKey }: TenantReadyProps) {
  const { t } = useTranslation('setup');
  return (
    <Stack gap="lg">
      <Alert color="orange" variant="light" icon={<IconKey aria-hidden />} title={t('key.title')}>
        <Text size="sm" mb="sm">
          {t('key.text')}
        </Text>
        <CopyField value={apiKey} label={t('key.label')} />
      </Alert>
      <Snippets customerId={customerId} apiKey={apiKey} />
      <Contact customerId={customerId} />
    </Stack>
  );
}

function Snippets({ customerId, apiKey }: TenantReadyProps) {
  const { t } = useTranslation('setup');
  const info = useCall('gateway.info', {});
  const [chosen, setChosen] = useState<string | null>(null);
  const addresses = info.data?.addresses ?? [];
  const address = chosen ?? addresses.find(({ recommended }) => recommended)?.address;
  const snippets = useCall('setup.snippets', {
    customerId,
    apiKey,
    ...(address === undefined ? {} : { address }),
  });
  return (
    <Box>
      <Text fw={550}>{t('snippet.title')}</Text>
      <Text size="sm" c="dimmed" mb="sm">
        {t('snippet.text')}
      </Text>
      {addresses.length > 1 && (
        <Select
          label={t('snippet.address')}
          data={addresses.map((one) => ({ value: one.address, label: `${one.address} (${one.interface})` }))}
          value={address ?? null}
          onChange={setChosen}
          allowDeselect={false}
          maw={340}
          mb="sm"
        />
      )}
      <ErrorNote error={snippets.error} onRetry={() => void snippets.refetch()} />
      {snippets.data && (
        <Tabs defaultValue="php" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="php">PHP</Tabs.Tab>
            <Tabs.Tab value="curl">curl</Tabs.Tab>
          </Tabs.List>
          {(['php', 'curl'] as const).map((language) => (
            <Tabs.Panel key={language} value={language} pt="sm">
              <Group justify="flex-end" mb={6}>
                <CopyAction
                  value={snippets.data[language]}
                  label={language === 'php' ? 'PHP' : 'curl'}
                  variant="filled"
                />
              </Group>
              <Code
                block
                className="snippet"
                tabIndex={0}
                role="group"
                aria-label={t('snippet.code', { language: language === 'php' ? 'PHP' : 'curl' })}
              >
                {snippets.data[language]}
              </Code>
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
    </Box>
  );
}

/** A push is lost with the connection; asking now and then is not. */
const askEveryMs = 3_000;

function Contact({ customerId }: { readonly customerId: string }) {
  const { t } = useTranslation('setup');
  const format = useFormats();
  const contact = useCall('setup.contact', { customerId }, { refetchIntervalMs: askEveryMs });
  usePush('setup.contact', (push) => {
    if (push.customerId === customerId) void contact.refetch();
  });
  const at = contact.data?.at ?? null;
  const address = contact.data?.address ?? null;
  return (
    <Group wrap="nowrap" gap="md" role="status" className="contact" data-reached={at !== null}>
      {at === null ? (
        <Loader size="sm" aria-hidden />
      ) : (
        <ThemeIcon color="teal" variant="light" radius="xl" size={36} aria-hidden>
          <IconCircleCheck size={22} stroke={1.7} />
        </ThemeIcon>
      )}
      <Box>
        <Text fw={550}>{t(at === null ? 'contact.waiting' : 'contact.reached')}</Text>
        <Text size="sm" c="dimmed">
          {at === null
            ? t('contact.waitingHint')
            : address === null
              ? t('contact.at', { time: format.time(at) })
              : t('contact.from', { time: format.time(at), address })}
        </Text>
      </Box>
    </Group>
  );
}
