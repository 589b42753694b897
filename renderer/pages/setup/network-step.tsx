import { Alert, Badge, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayInfo } from '../../../main/contracts/console/gateway-calls';
import { CopyField } from '../../components/copy-field';
import { ErrorNote } from '../../components/error-note';
import { useAction, useCall } from '../../use-gateway';
import { useVariables } from '../../use-variables';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';

const checkAfterMs = 300;

/** Which port, and under which address the PHP application finds this computer. */
export function NetworkStep({ onNext, onBack }: StepProps) {
  const { t } = useTranslation('setup');
  const info = useCall('gateway.info', {});
  const variables = useVariables();
  const variable = variables?.get('PORT');
  const origins = variables?.get('ALLOWED_ORIGINS');
  const isLocked = variable?.source === 'environment';
  const [typed, setTyped] = useState<number | string>();
  const [typedPage, setTypedPage] = useState<string>();
  const wanted = Number(variable?.value ?? info.data?.wantedPort ?? 3_001) || info.data?.port;
  const port = typed ?? wanted ?? '';
  const [settled] = useDebouncedValue(port, checkAfterMs);
  const isPort = Number.isInteger(settled) && Number(settled) >= 1 && Number(settled) <= 65_535;
  const check = useCall(
    'setup.checkPort',
    { port: isPort ? Number(settled) : 1 },
    { enabled: isPort && !isLocked },
  );
  const save = useAction('settings.save', ['settings.get', 'gateway.info']);

  const isChecked = settled === port && isPort && check.isSuccess;
  const problem = !isPort && settled === port ? t('network.noPort') : check.data?.free === false && isPort;

  const knownPage = origins?.value ?? '';
  const page = typedPage ?? knownPage;
  const isPageLocked = origins?.source === 'environment';
  const pageOrigin = originOf(page);
  const isPageWrong = page.trim() !== '' && pageOrigin === undefined;

  function goOn() {
    const values = {
      ...(isLocked || port === wanted ? {} : { PORT: String(port) }),
      ...(isPageLocked || page.trim() === knownPage ? {} : { ALLOWED_ORIGINS: pageOrigin ?? null }),
    };
    if (Object.keys(values).length === 0) onNext();
    else save.mutate({ values }, { onSuccess: onNext });
  }
  return (
    <StepFrame
      title={t('network.title')}
      hint={t('network.hint')}
      busy={save.isPending}
      nextDisabled={isPageWrong || (!isLocked && (!isChecked || problem !== false))}
      onNext={goOn}
      onBack={onBack}
    >
      <ErrorNote error={save.error ?? check.error} />
      <NumberInput
        label={t('network.port')}
        description={isLocked ? t('locked') : undefined}
        disabled={isLocked}
        value={port}
        onChange={setTyped}
        min={1}
        max={65_535}
        allowDecimal={false}
        allowNegative={false}
        hideControls
        maw={200}
        error={problem === true ? true : problem === false ? undefined : problem}
      />
      {!isLocked && (
        <Text size="sm" role="status" c={problem === false ? 'dimmed' : 'var(--mantine-color-error)'} mt={-8}>
          {isPort && settled === port
            ? (check.data?.message ?? t('network.checking'))
            : t('network.checking')}
        </Text>
      )}
      <TextInput
        label={t('network.page')}
        description={isPageLocked ? t('locked') : t('network.pageHint')}
        placeholder="http://localhost:3000"
        disabled={isPageLocked}
        value={page}
        onChange={(event) => setTypedPage(event.currentTarget.value)}
        error={isPageWrong ? t('network.noPage') : undefined}
      />
      {info.data && <Addresses info={info.data} port={Number(port)} />}
    </StepFrame>
  );
}

/** Of whatever page of it somebody pastes; several, and `*`, as they stand. */
function originOf(text: string): string | undefined {
  const given = text.trim();
  if (given === '*' || given.includes(',')) return given;
  const address = given.includes('://') ? given : `http://${given}`;
  // Chrome takes blanks in a host name.
  return /^https?:\/\/\S+$/.test(address) && URL.canParse(address) ? new URL(address).origin : undefined;
}

function Addresses({ info, port }: { readonly info: GatewayInfo; readonly port: number }) {
  const { t } = useTranslation('setup');
  const scheme = info.tls ? 'https' : 'http';
  if (info.addresses.length === 0) return <Alert color="orange">{t('network.none')}</Alert>;
  const sorted = [...info.addresses].sort((a, b) => Number(b.recommended) - Number(a.recommended));
  return (
    <Stack gap="sm">
      <div>
        <Text fw={550}>{t('network.addresses')}</Text>
        <Text size="sm" c="dimmed">
          {t('network.give')}
        </Text>
      </div>
      {sorted.map(({ address, interface: name, recommended }) => {
        const url = `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
        return (
          <Group key={`${name} ${address}`} gap="md" justify="space-between">
            <CopyField value={url} label={url} />
            <Group gap="xs">
              <Text size="sm" c="dimmed">
                {name}
              </Text>
              {recommended && (
                <Badge variant="light" color="teal" tt="none">
                  {t('network.recommended')}
                </Badge>
              )}
            </Group>
          </Group>
        );
      })}
    </Stack>
  );
}
