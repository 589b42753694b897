import { useTranslation } from 'react-i18next';
import { RestartProgress } from '../../components/restart-progress';
import { useRestart } from '../../use-restart';
import type { StepProps } from './setup-steps';
import { StepFrame } from './step-frame';

/** Network and database are those of the next start: done now, so that key and snippet are good afterwards. */
export function RestartStep({ onNext, onBack }: StepProps) {
  const { t } = useTranslation('setup');
  const restart = useRestart();
  const isDone = restart.state === 'done';
  return (
    <StepFrame
      title={t('restart.title')}
      hint={t('restart.hint')}
      busy={restart.state === 'restarting'}
      nextLabel={isDone ? undefined : t('restart.now')}
      onNext={isDone ? onNext : restart.start}
      onBack={onBack}
      onSkip={isDone ? undefined : onNext}
    >
      <RestartProgress restart={restart} />
    </StepFrame>
  );
}
