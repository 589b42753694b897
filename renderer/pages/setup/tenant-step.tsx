import { Alert, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { CallError } from '../../gateway-client';
import { isCustomerId } from '../../is-customer-id';
import { useAction, useCall } from '../../use-gateway';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';
import { TenantReady } from './tenant-ready';

/** The first tenant; its key is shown once, on the same page. */
export function TenantStep({ onNext, onBack }: StepProps) {
  const { t } = useTranslation('setup');
  const [customerId, setCustomerId] = useState('');
  const [name, setName] = useState('');
  const tenants = useCall('tenants.list', {});
  const add = useAction('tenants.add', ['tenants.list', 'overview.get']);
  const count = tenants.data?.tenants.length ?? 0;
  const isIdWrong = customerId.trim() !== '' && !isCustomerId(customerId);
  const problems = add.error instanceof CallError ? add.error.fields : {};

  if (add.data) {
    return (
      <StepFrame title={t('tenant.ready')} hint={t('tenant.readyHint')} onNext={onNext}>
        <TenantReady customerId={add.data.customerId} apiKey={add.data.apiKey} />
      </StepFrame>
    );
  }
  return (
    <StepFrame
      title={t('tenant.title')}
      hint={t('tenant.hint')}
      busy={add.isPending}
      nextLabel={t('tenant.add')}
      nextDisabled={customerId.trim() === '' || isIdWrong}
      onNext={() => {
        const named = name.trim() === '' ? {} : { name: name.trim() };
        add.mutate({ customerId: customerId.trim(), ...named });
      }}
      onBack={onBack}
      onSkip={onNext}
    >
      {count > 0 && <Alert color="gray">{t('tenant.thereAre', { count })}</Alert>}
      <TextInput
        label={t('tenant.id')}
        description={t('tenant.idHint')}
        placeholder="ACC001"
        maxLength={50}
        autoFocus
        error={isIdWrong ? t('tenant.idWrong') : problems['customerId']}
        value={customerId}
        onChange={(event) => setCustomerId(event.currentTarget.value)}
      />
      <TextInput
        label={t('tenant.name')}
        description={t('tenant.nameHint')}
        maxLength={200}
        error={problems['name']}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {Object.keys(problems).length === 0 && <ErrorNote error={add.error} />}
    </StepFrame>
  );
}
