import { Alert, Button, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { CallError } from '../gateway-client';
import { useMe } from '../use-role';

/** What went wrong, in the gateway's own sentence, and a way to try again. */
export function ErrorNote(props: {
  readonly error: Error | null;
  readonly title?: string;
  readonly onRetry?: () => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  // The gateway speaks English; this sentence is in the catalogue.
  const isNotAllowed = props.error instanceof CallError && props.error.code === 'not_allowed';
  if (!props.error) return null;
  return (
    <Alert
      variant="light"
      color="red"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={props.title ?? t('error.title')}
    >
      <Text size="sm" className="long-text">
        {isNotAllowed && me
          ? t('error.notAllowed', { role: t(`role.${me.role}.name`) })
          : props.error.message}
      </Text>
      {props.onRetry && (
        <Button mt="sm" size="xs" variant="default" onClick={props.onRetry}>
          {t('error.again')}
        </Button>
      )}
    </Alert>
  );
}
