import { Anchor, Code, Group, Kbd, List, Select, Stack, Table, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { CopyAction } from '../../components/copy-field';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { Section } from '../../components/section';
import { useCall, useGateway } from '../../use-gateway';
import { useMay } from '../../use-role';

/** Where to read on, what to paste into the PHP application, and what the words of the console mean. */
export default function HelpPage() {
  const { t } = useTranslation(['help', 'shell']);
  return (
    <>
      <PageHeader title={t('title')} hint={t('hint')} />
      <Stack gap="lg">
        <Documentation />
        <PhpExample />
        <Words />
        <Shortcuts />
      </Stack>
    </>
  );
}

const documents = [
  { path: '/help', word: 'handbook' },
  { path: '/connect', word: 'connect' },
  { path: '/docs', word: 'api' },
  { path: '/openapi.json', word: 'openApi' },
] as const;

function Documentation() {
  const { t } = useTranslation('help');
  const { entryPoint } = useGateway();
  const info = useCall('gateway.info', {});
  if (!info.data) return null;
  // The desktop's window sends people to a browser on this computer only.
  const { port, tls } = info.data;
  const origin = entryPoint === 'desktop' ? `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}` : '..';
  return (
    <Section title={t('docs.title')} hint={t('docs.hint')}>
      <List spacing="xs">
        {documents.map(({ path, word }) => (
          <List.Item key={path}>
            <OutLink to={`${origin}${path}`}>{t(`docs.${word}`)}</OutLink>
            <Text size="sm" c="dimmed">
              {t(`docs.${word}Hint`)}
            </Text>
          </List.Item>
        ))}
        <List.Item>
          <Anchor component={Link} to="/settings?section=network" underline="always">
            {t('docs.address', { url: info.data.url })}
          </Anchor>
          <Text size="sm" c="dimmed">
            {t('docs.addressHint')}
          </Text>
        </List.Item>
      </List>
    </Section>
  );
}

function OutLink(props: { readonly to: string; readonly children: string }) {
  return (
    <Anchor href={props.to} target="_blank" rel="noreferrer">
      <Group component="span" gap={6} display="inline-flex">
        {props.children}
        <IconExternalLink size={15} stroke={1.7} aria-hidden />
      </Group>
    </Anchor>
  );
}

/** What goes into the PHP application is the operator's to paste. */
function PhpExample() {
  return useMay('setup.snippets') ? <PhpSamples /> : null;
}

function PhpSamples() {
  const { t } = useTranslation('help');
  const list = useCall('tenants.list', {});
  const [chosen, setChosen] = useState<string | null>(null);
  const tenants = list.data?.tenants ?? [];
  const customerId = chosen ?? tenants[0]?.customerId;
  const samples = useCall(
    'setup.snippets',
    { customerId: customerId ?? '-' },
    { enabled: customerId !== undefined },
  );
  return (
    <Section title={t('php.title')} hint={t('php.hint')}>
      {list.data && tenants.length === 0 ? (
        <Text>
          {t('php.noTenants')}{' '}
          <Anchor component={Link} to="/tenants?add" underline="always">
            {t('php.addTenant')}
          </Anchor>
        </Text>
      ) : (
        <Stack gap="md">
          <Select
            label={t('php.tenant')}
            maw={420}
            searchable
            allowDeselect={false}
            data={tenants.map((tenant) => ({
              value: tenant.customerId,
              label: `${tenant.name} (${tenant.customerId})`,
            }))}
            value={customerId ?? null}
            onChange={setChosen}
          />
          <ErrorNote error={samples.error} onRetry={() => void samples.refetch()} />
          {samples.data && (
            <>
              <Sample name="PHP" code={samples.data.php} />
              <Sample name="curl" code={samples.data.curl} />
            </>
          )}
          {customerId !== undefined && (
            <Text size="sm" c="dimmed">
              {t('php.key')}{' '}
              <Anchor
                component={Link}
                to={`/tenants/${encodeURIComponent(customerId)}?tab=keys`}
                underline="always"
              >
                {t('php.toKeys')}
              </Anchor>
            </Text>
          )}
        </Stack>
      )}
    </Section>
  );
}

function Sample({ name, code }: { readonly name: string; readonly code: string }) {
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text fw={600} size="sm">
          {name}
        </Text>
        <CopyAction value={code} label={name} />
      </Group>
      <Code block className="snippet" tabIndex={0} role="group" aria-label={name}>
        {code}
      </Code>
    </Stack>
  );
}

const words = ['tenant', 'event', 'message', 'attempt', 'held', 'unknown', 'webhook'] as const;

function Words() {
  const { t } = useTranslation('help');
  return (
    <Section title={t('words.title')}>
      <Stack component="dl" gap="sm" m={0}>
        {words.map((word) => (
          <div key={word}>
            <Text component="dt" fw={600}>
              {t(`words.${word}.name`)}
            </Text>
            <Text component="dd" m={0} size="sm" c="dimmed">
              {t(`words.${word}.text`)}
            </Text>
          </div>
        ))}
      </Stack>
    </Section>
  );
}

function Shortcuts() {
  const { t } = useTranslation('help');
  const modifier = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl';
  return (
    <Section title={t('keys.title')}>
      <Table withRowBorders={false} w="auto" verticalSpacing={4}>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td ps={0}>
              <Kbd>{modifier}</Kbd> + <Kbd>K</Kbd>
            </Table.Td>
            <Table.Td>{t('keys.palette')}</Table.Td>
          </Table.Tr>
          <Table.Tr>
            <Table.Td ps={0}>
              <Kbd>Esc</Kbd>
            </Table.Td>
            <Table.Td>{t('keys.escape')}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </Section>
  );
}
