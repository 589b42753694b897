import { Button, type ButtonProps } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAction, useGateway } from '../use-gateway';

interface SaveFileProps extends ButtonProps {
  readonly name: string;
  readonly downloadToken: string;
  readonly children?: ReactNode;
}

/** Saves a file of the gateway: asks where to in the desktop app, a download in a browser. */
export function SaveFileButton({ name, downloadToken, children, ...button }: SaveFileProps) {
  const { t } = useTranslation();
  const { entryPoint } = useGateway();
  const save = useAction('desktop.saveFile');
  const icon = <IconDownload size={16} stroke={1.7} aria-hidden />;
  const label = children ?? t('operation.save');

  if (entryPoint === 'browser') {
    return (
      <Button
        {...button}
        component="a"
        href={`downloads/${downloadToken}`}
        download={name}
        leftSection={icon}
      >
        {label}
      </Button>
    );
  }
  return (
    <Button
      {...button}
      leftSection={icon}
      loading={save.isPending}
      onClick={() =>
        save.mutate(
          { downloadToken, name },
          {
            onSuccess: ({ savedTo }) => {
              if (savedTo !== null)
                notifications.show({ message: t('operation.savedTo', { path: savedTo }) });
            },
            onError: (error) =>
              notifications.show({ color: 'red', title: t('error.title'), message: error.message }),
          },
        )
      }
    >
      {label}
    </Button>
  );
}
