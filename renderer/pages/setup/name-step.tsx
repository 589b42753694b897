import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { useAction, useCall } from '../../use-gateway';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';

export function NameStep({ onNext }: StepProps) {
  const { t } = useTranslation('setup');
  const info = useCall('gateway.info', {});
  const [typed, setTyped] = useState<string>();
  const name = typed ?? info.data?.name ?? '';
  const rename = useAction('setup.rename', ['gateway.info']);
  return (
    <StepFrame
      title={t('name.title')}
      hint={t('name.hint')}
      busy={rename.isPending}
      onNext={() => rename.mutate({ name: name.trim() }, { onSuccess: onNext })}
    >
      <ErrorNote error={rename.error} />
      <TextInput
        label={t('name.label')}
        placeholder={t('name.example')}
        maxLength={100}
        autoFocus
        value={name}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </StepFrame>
  );
}
