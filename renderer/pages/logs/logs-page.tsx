import { Button, Group, Select, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconFolderOpen, IconSearch, IconStethoscope } from '@tabler/icons-react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '../../../main/contracts/console/gateway-calls';
import { ErrorNote } from '../../components/error-note';
import { OperationProgress } from '../../components/operation-progress';
import { PageHeader } from '../../components/page-header';
import { useAction, useGateway } from '../../use-gateway';
import { LogList } from './log-list';
import { useLogLines } from './use-log-lines';

const levels = ['error', 'warn', 'info', 'debug'] as const;
type Level = (typeof levels)[number];

/** What the gateway writes down as it works, live; and a file for whoever helps. */
export default function LogsPage() {
  const { t } = useTranslation('logs');
  const { entryPoint } = useGateway();
  const { lines, isLoading, error } = useLogLines();
  const [level, setLevel] = useState<Level>('debug');
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const openFolder = useAction('desktop.openLogsFolder');
  const diagnose = useAction('diagnostics.create', ['operations.list']);
  const shown = useMemo(
    () => lines.filter((line) => levels.indexOf(line.level) <= levels.indexOf(level) && holds(line, wanted)),
    [lines, level, wanted],
  );
  return (
    <Stack className="logs-page" gap="md">
      <PageHeader
        title={t('title')}
        hint={t('hint')}
        actions={
          <>
            {entryPoint === 'desktop' && (
              <Button
                variant="default"
                leftSection={<IconFolderOpen size={16} stroke={1.7} aria-hidden />}
                onClick={() => openFolder.mutate({})}
              >
                {t('openFolder')}
              </Button>
            )}
            <Button
              variant="default"
              leftSection={<IconStethoscope size={16} stroke={1.7} aria-hidden />}
              loading={diagnose.isPending}
              onClick={() => diagnose.mutate({})}
            >
              {t('diagnostics.make')}
            </Button>
          </>
        }
      />
      <ErrorNote error={error ?? openFolder.error ?? diagnose.error} />
      <OperationProgress
        operationId={diagnose.data?.operationId}
        label={t('diagnostics.making')}
        doneText={t('diagnostics.done')}
        onClose={() => diagnose.reset()}
      />
      <Group>
        <Select
          aria-label={t('levels')}
          w={210}
          allowDeselect={false}
          data={levels.map((one) => ({ value: one, label: t(`show.${one}`) }))}
          value={level}
          onChange={(next) => setLevel(next ?? 'debug')}
        />
        <TextInput
          type="search"
          aria-label={t('search')}
          placeholder={t('search')}
          flex={1}
          maw={420}
          leftSection={<IconSearch size={16} stroke={1.7} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed" className="numbers" role="status">
          {t('count', { count: shown.length })}
        </Text>
      </Group>
      {isLoading ? (
        <Skeleton flex={1} mih={240} />
      ) : shown.length === 0 ? (
        <Text c="dimmed" ta="center" py={64}>
          {t(lines.length === 0 ? 'empty' : 'nothingFound')}
        </Text>
      ) : (
        <LogList lines={shown} />
      )}
    </Stack>
  );
}

function holds({ event, message, fields }: LogLine, wanted: string): boolean {
  return (
    wanted === '' || `${event ?? ''} ${message} ${JSON.stringify(fields)}`.toLowerCase().includes(wanted)
  );
}
