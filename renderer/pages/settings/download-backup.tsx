/// <reference lib="dom" />
import { ActionIcon } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useGateway } from '../../use-gateway';

/** Saves a backup somewhere else: its token is asked for when it is wanted. */
export function DownloadBackup({ name }: { readonly name: string }) {
  const { t } = useTranslation(['settings', 'shell']);
  const gateway = useGateway();
  const download = useMutation({
    async mutationFn() {
      const { downloadToken } = await gateway.call('backups.download', { name });
      if (gateway.entryPoint === 'desktop') {
        return (await gateway.call('desktop.saveFile', { downloadToken, name })).savedTo;
      }
      window.location.assign(`downloads/${downloadToken}`);
      return null;
    },
    onSuccess(savedTo) {
      if (savedTo !== null) notifications.show({ message: t('shell:operation.savedTo', { path: savedTo }) });
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: t('shell:error.title'), message: error.message }),
  });
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={t('settings:backup.save', { name })}
      loading={download.isPending}
      onClick={() => download.mutate()}
    >
      <IconDownload size={18} stroke={1.7} aria-hidden />
    </ActionIcon>
  );
}
