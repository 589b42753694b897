import { Alert, Button, Divider, Group, Text, TextInput } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckNote } from '../../components/check-note';
import { ErrorNote } from '../../components/error-note';
import { CallError } from '../../gateway-client';
import { useAction } from '../../use-gateway';
import { useVariables } from '../../use-variables';
import { readMailAccount, toMailCall, toMailValues, type MailAccount } from './mail-account';
import { MailAccountFields } from './mail-account-fields';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';

export function MailStep(props: StepProps) {
  const variables = useVariables();
  if (!variables) return null;
  return (
    <MailForm
      {...props}
      saved={readMailAccount(variables)}
      hasPassword={variables.get('SYSTEM_SMTP_PASS')?.isSet === true}
      isLocked={variables.get('SYSTEM_SMTP_HOST')?.source === 'environment'}
    />
  );
}

interface MailFormProps extends StepProps {
  readonly saved: MailAccount;
  readonly hasPassword: boolean;
  readonly isLocked: boolean;
}

/** The account for tenants without one of their own; a real mail shows whether it works. */
function MailForm({ onNext, onBack, saved, hasPassword, isLocked }: MailFormProps) {
  const { t } = useTranslation('setup');
  const [account, setAccount] = useState(saved);
  const [to, setTo] = useState('');
  const test = useAction('setup.sendTestMail');
  const save = useAction('settings.save', ['settings.get', 'gateway.info']);
  const isComplete = account.host.trim() !== '' && Number.isInteger(account.port);
  const failed = save.error ?? test.error;
  const problems = failed instanceof CallError ? failed.fields : {};
  const [isSaveAsked, setSaveAsked] = useState(false);
  const hasFailed = test.isError || test.data?.ok === false;
  const saveAndGo = () => save.mutate({ values: toMailValues(account) }, { onSuccess: onNext });

  return (
    <StepFrame
      title={t('mail.title')}
      hint={t('mail.hint')}
      busy={save.isPending}
      nextDisabled={!isLocked && !isComplete}
      onNext={() => {
        if (isLocked) onNext();
        else if (hasFailed) setSaveAsked(true);
        else saveAndGo();
      }}
      onBack={onBack}
      onSkip={isLocked ? undefined : onNext}
    >
      {isLocked && <Alert color="gray">{t('locked')}</Alert>}
      <MailAccountFields
        account={account}
        hasPassword={hasPassword}
        disabled={isLocked}
        problems={problems}
        onChange={(changes) => {
          setAccount({ ...account, ...changes });
          test.reset();
          save.reset();
          setSaveAsked(false);
        }}
      />
      <Divider mt="xs" />
      <Group align="flex-end">
        <TextInput
          label={t('mail.testTo')}
          type="email"
          placeholder="you@example.com"
          style={{ flex: 1 }}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Button
          variant="default"
          leftSection={<IconSend size={16} stroke={1.7} aria-hidden />}
          disabled={!isComplete || to.trim() === ''}
          loading={test.isPending}
          onClick={() => {
            setSaveAsked(false);
            test.mutate({ account: toMailCall(account), to: to.trim() });
          }}
        >
          {t('mail.test')}
        </Button>
      </Group>
      <CheckNote result={test.data} />
      {/* What belongs to a field stands below it. */}
      {Object.keys(problems).length === 0 && <ErrorNote error={failed} />}
      {isSaveAsked && hasFailed && (
        <Alert color="orange" role="alert" title={t('mail.untested')}>
          <Group justify="space-between">
            <Text size="sm">{t('mail.untestedText')}</Text>
            <Button size="xs" variant="default" loading={save.isPending} onClick={saveAndGo}>
              {t('mail.saveAnyway')}
            </Button>
          </Group>
        </Alert>
      )}
    </StepFrame>
  );
}
