import {
  Box,
  Button,
  Center,
  Container,
  Group,
  Loader,
  Paper,
  Stepper,
  Text,
  ThemeIcon,
} from '@mantine/core';
import { IconArrowsSplit2 } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { ErrorNote } from '../../components/error-note';
import { useCall } from '../../use-gateway';
import { DatabaseStep } from './database-step';
import { DoneStep } from './done-step';
import { MailStep } from './mail-step';
import { NameStep } from './name-step';
import { NetworkStep } from './network-step';
import { RestartStep } from './restart-step';
import { setupSteps, toSetupStep, type SetupStep, type StepProps } from './setup-steps';
import { TenantStep } from './tenant-step';
import { useFinishSetup } from './use-finish-setup';

/** The first steps. The gateway is up all the while; the address holds the step, so that a restart keeps it. */
export default function SetupPage() {
  const { t } = useTranslation('setup');
  const info = useCall('gateway.info', {});
  const { leave, ...finish } = useFinishSetup();
  return (
    <Box className="page" mih="100vh">
      <Container size={760} py="xl" component="main">
        <Group justify="space-between" mb="lg" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <ThemeIcon size={36} radius="md" aria-hidden>
              <IconArrowsSplit2 size={20} stroke={1.8} />
            </ThemeIcon>
            <Text fw={650}>Modular Gateway</Text>
          </Group>
          <Button variant="subtle" color="gray" onClick={leave} loading={finish.isPending}>
            {t(info.data?.setupDone === true ? 'close' : 'skip')}
          </Button>
        </Group>
        <ErrorNote error={finish.error} />
        {info.data ? (
          <Steps onLeave={leave} restartNeeded={info.data.restartNeeded} />
        ) : info.isError ? (
          <ErrorNote error={info.error} onRetry={() => void info.refetch()} />
        ) : (
          <Center mih={400}>
            <Loader />
          </Center>
        )}
      </Container>
    </Box>
  );
}

const pages: Readonly<Record<SetupStep, React.ComponentType<StepProps>>> = {
  name: NameStep,
  network: NetworkStep,
  database: DatabaseStep,
  mail: MailStep,
  tenant: TenantStep,
  done: DoneStep,
};

function Steps(props: { readonly onLeave: () => void; readonly restartNeeded: boolean }) {
  const { t } = useTranslation('setup');
  const [params, setParams] = useSearchParams();
  const step = toSetupStep(params.get('step'));
  // A restart that was seen to its end is not asked for again, whatever came of it.
  const [restarted, setRestarted] = useState(false);
  const index = setupSteps.indexOf(step);
  const go = (by: number) => {
    const next = setupSteps[index + by];
    if (next) setParams({ step: next });
    else props.onLeave();
  };
  const Page =
    (step === 'tenant' || step === 'done') && props.restartNeeded && !restarted ? undefined : pages[step];
  return (
    <>
      <Stepper
        active={index}
        size="xs"
        mb="lg"
        iconSize={28}
        aria-label={t('progress', { step: index + 1, of: setupSteps.length })}
        onStepClick={(clicked) => clicked < index && setParams({ step: setupSteps[clicked] ?? 'name' })}
        allowNextStepsSelect={false}
      >
        {setupSteps.map((name) => (
          <Stepper.Step key={name} label={t(`step.${name}`)} />
        ))}
      </Stepper>
      <Paper withBorder p="xl" key={step}>
        {Page ? (
          <Page onNext={() => go(1)} onBack={() => go(-1)} />
        ) : (
          <RestartStep onNext={() => setRestarted(true)} onBack={() => go(-1)} />
        )}
      </Paper>
    </>
  );
}
