import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode, SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../components/page-header';

interface StepFrameProps {
  readonly title: string;
  readonly hint: string;
  readonly children?: ReactNode;
  readonly onNext: () => void;
  readonly nextLabel?: string;
  readonly nextDisabled?: boolean;
  readonly busy?: boolean;
  readonly onBack?: () => void;
  /** goes on without this step */
  readonly onSkip?: () => void;
}

/** A step of the wizard: what it is about, its fields, and the ways on. Enter goes on. */
export function StepFrame(props: StepFrameProps) {
  const { t } = useTranslation('setup');
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (props.nextDisabled !== true && props.busy !== true) props.onNext();
  }
  return (
    <form onSubmit={submit} noValidate>
      <PageHeader title={props.title} hint={props.hint} />
      <Stack gap="md">{props.children}</Stack>
      <Group justify="space-between" mt="xl">
        {props.onBack ? (
          <Button variant="subtle" color="gray" onClick={props.onBack} disabled={props.busy}>
            {t('back')}
          </Button>
        ) : (
          <Text />
        )}
        <Group gap="sm">
          {props.onSkip && (
            <Button variant="default" onClick={props.onSkip} disabled={props.busy}>
              {t('skipStep')}
            </Button>
          )}
          <Button type="submit" loading={props.busy} disabled={props.nextDisabled}>
            {props.nextLabel ?? t('next')}
          </Button>
        </Group>
      </Group>
    </form>
  );
}
