import { Alert, Code, Group, ScrollArea, Skeleton, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CopyAction, CopyField } from '../../components/copy-field';
import { ErrorNote } from '../../components/error-note';
import { useCall } from '../../use-gateway';

/** A key that is shown this once, and the lines of PHP that use it. */
export function NewKeyNote({ customerId, apiKey }: { readonly customerId: string; readonly apiKey: string }) {
  const { t } = useTranslation('tenants');
  const snippets = useCall('setup.snippets', { customerId, apiKey });
  return (
    <Stack>
      <Alert variant="light" color="yellow" icon={<IconKey aria-hidden />} role="note">
        {t('key.once')}
      </Alert>
      <CopyField label={t('key.label')} value={apiKey} copyLabel={t('key.copy')} />
      <ErrorNote
        title={t('key.snippetFailed')}
        error={snippets.error}
        onRetry={() => void snippets.refetch()}
      />
      {snippets.isPending && <Skeleton h={160} />}
      {snippets.data && (
        <Stack gap="xs">
          <Group justify="space-between" align="flex-end">
            <div>
              <Text fw={600} size="sm">
                {t('key.snippet')}
              </Text>
              <Text size="xs" c="dimmed">
                {t('key.snippetHint')}
              </Text>
            </div>
            <CopyAction value={snippets.data.php} label={t('key.snippet')} copyLabel={t('key.copySnippet')} />
          </Group>
          <ScrollArea.Autosize mah={220} type="auto">
            <Code block tabIndex={0} aria-label={t('key.snippet')}>
              {snippets.data.php}
            </Code>
          </ScrollArea.Autosize>
        </Stack>
      )}
    </Stack>
  );
}
