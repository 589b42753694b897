import { List, ThemeIcon } from '@mantine/core';
import { IconBrandWhatsapp, IconHistory, IconLayoutDashboard, IconSettings } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';
import { useFinishSetup } from './use-finish-setup';

const next = [
  ['overview', IconLayoutDashboard],
  ['whatsapp', IconBrandWhatsapp],
  ['history', IconHistory],
  ['settings', IconSettings],
] as const;

/** What comes next, and where. */
export function DoneStep({ onBack }: StepProps) {
  const { t } = useTranslation('setup');
  const finish = useFinishSetup();
  return (
    <StepFrame
      title={t('done.title')}
      hint={t('done.hint')}
      nextLabel={t('done.open')}
      busy={finish.isPending}
      onNext={finish.leave}
      onBack={onBack}
    >
      <List spacing="sm" center>
        {next.map(([name, Icon]) => (
          <List.Item
            key={name}
            icon={
              <ThemeIcon variant="light" size={30} radius="xl" aria-hidden>
                <Icon size={17} stroke={1.7} />
              </ThemeIcon>
            }
          >
            {t(`done.${name}`)}
          </List.Item>
        ))}
      </List>
      <ErrorNote error={finish.error} />
    </StepFrame>
  );
}
