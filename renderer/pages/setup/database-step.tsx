import { Alert, Group, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';
import { CheckNote } from '../../components/check-note';
import { ErrorNote } from '../../components/error-note';
import { useAction, useGateway } from '../../use-gateway';
import { useVariables } from '../../use-variables';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';

type Variables = ReadonlyMap<string, SettingVariable>;

export function DatabaseStep(props: StepProps) {
  const variables = useVariables();
  return variables && <DatabaseForm {...props} variables={variables} />;
}

/** The database that comes along, or a server of one's own: tried before it is saved. */
function DatabaseForm({ onNext, onBack, variables }: StepProps & { readonly variables: Variables }) {
  const { t } = useTranslation('setup');
  const { entryPoint } = useGateway();
  const saved = (name: string, otherwise: string) => variables.get(name)?.value ?? otherwise;
  const host = variables.get('DB_HOST');
  const isLocked = host?.source === 'environment' || host?.fixed === true;
  const hadServer = variables.get('DB_HOST')?.isSet === true;
  const [kind, setKind] = useState(hadServer ? 'server' : 'embedded');
  const [server, setServer] = useState({
    host: saved('DB_HOST', ''),
    port: saved('DB_PORT', '5432'),
    name: saved('DB_NAME', 'modular_gateway'),
    user: saved('DB_USER', 'postgres'),
    password: '',
  });
  const check = useAction('setup.checkDatabase');
  const save = useAction('settings.save', ['settings.get', 'gateway.info']);
  const change = (changes: Partial<typeof server>) => {
    setServer({ ...server, ...changes });
    check.reset();
  };

  function goOn() {
    if (isLocked || (kind === 'embedded' && !hadServer)) {
      onNext();
      return;
    }
    if (kind === 'embedded') {
      save.mutate({ values: { DB_HOST: null } }, { onSuccess: onNext });
      return;
    }
    const { password, ...rest } = server;
    const given = password === '' ? {} : { password };
    check.mutate(
      { ...rest, ...given },
      {
        onSuccess({ ok }) {
          if (!ok) return;
          const values = {
            DB_HOST: rest.host,
            DB_PORT: rest.port,
            DB_NAME: rest.name,
            DB_USER: rest.user,
            ...(password === '' ? {} : { DB_PASSWORD: password }),
          };
          save.mutate({ values }, { onSuccess: onNext });
        },
      },
    );
  }
  const isServer = kind === 'server';
  const isIncomplete =
    isServer && [server.host, server.port, server.name, server.user].some((text) => text.trim() === '');
  return (
    <StepFrame
      title={t('database.title')}
      hint={t('database.hint')}
      busy={check.isPending || save.isPending}
      nextDisabled={!isLocked && isIncomplete}
      nextLabel={isServer && !isLocked ? t('database.testAndNext') : undefined}
      onNext={goOn}
      onBack={onBack}
    >
      {isLocked && <Alert color="gray">{t('locked')}</Alert>}
      <Radio.Group value={kind} onChange={setKind} aria-label={t('database.title')}>
        <Stack gap="sm">
          {(['embedded', 'server'] as const).map((value) => (
            <Radio.Card key={value} value={value} p="md" disabled={isLocked} className="choice">
              <Group wrap="nowrap" align="flex-start">
                <Radio.Indicator disabled={isLocked} />
                <div>
                  <div className="choice-title">{t(`database.${value}.title`)}</div>
                  <div className="choice-text">{t(`database.${value}.text`)}</div>
                </div>
              </Group>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
      {isServer && !isLocked && (
        <>
          <Group grow align="flex-start" preventGrowOverflow={false}>
            <TextInput
              label={t('database.host')}
              placeholder="db.example.com"
              value={server.host}
              onChange={(event) => change({ host: event.currentTarget.value })}
            />
            <TextInput
              label={t('database.port')}
              value={server.port}
              maw={140}
              onChange={(event) => change({ port: event.currentTarget.value })}
            />
          </Group>
          <TextInput
            label={t('database.name')}
            description={t('database.nameHint')}
            value={server.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          <Group grow align="flex-start">
            <TextInput
              label={t('database.user')}
              autoComplete="off"
              value={server.user}
              onChange={(event) => change({ user: event.currentTarget.value })}
            />
            <PasswordInput
              label={t('database.password')}
              autoComplete="new-password"
              placeholder={variables.get('DB_PASSWORD')?.isSet === true ? t('keepPassword') : undefined}
              value={server.password}
              onChange={(event) => change({ password: event.currentTarget.value })}
              visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
            />
          </Group>
          {entryPoint === 'browser' && !hadServer && (
            <Alert color="orange">{t('database.signInAgain')}</Alert>
          )}
        </>
      )}
      <CheckNote result={check.data} />
      <ErrorNote error={check.error ?? save.error} />
    </StepFrame>
  );
}
