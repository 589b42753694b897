import { Button, Group, Paper, Text, Transition } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { UnsavedGuard } from './unsaved-guard';

/** How long "Saved" stays. */
const savedForMs = 3_000;

/** Comes up from below while something is not saved, and says there how saving went. */
export function SaveBar(props: {
  readonly dirty: boolean;
  readonly saving: boolean;
  readonly onUndo: () => void;
  /** resolves to whether it is saved */
  readonly onSave: () => Promise<boolean>;
}) {
  const { t } = useTranslation('tenants');
  const { dirty, saving } = props;
  const [outcome, setOutcome] = useState<'saved' | 'refused'>();
  useEffect(() => {
    if (outcome !== 'saved') return;
    const timer = setTimeout(() => setOutcome(undefined), savedForMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const isRefused = dirty && outcome === 'refused';
  const words = isRefused ? t('form.fix') : dirty ? t('form.unsaved') : t('form.saved');
  return (
    <>
      {/* A router asks its newest guard alone: without changes this one must not stand before another. */}
      {dirty && !saving && <UnsavedGuard dirty />}
      <Transition mounted={dirty || outcome === 'saved'} transition="slide-up" duration={150}>
        {(style) => (
          <Paper
            withBorder
            shadow="md"
            p="sm"
            style={{ ...style, position: 'sticky', bottom: 12, zIndex: 10 }}
            role="region"
            aria-label={words}
          >
            <Group justify="space-between" wrap="nowrap" mih={36}>
              <Group gap={6} role="status" wrap="nowrap">
                {!dirty && <IconCheck size={18} color="var(--mantine-color-teal-6)" aria-hidden />}
                <Text fw={500} c={isRefused ? 'var(--mantine-color-error)' : undefined}>
                  {words}
                </Text>
              </Group>
              {dirty && (
                <Group gap="xs" wrap="nowrap">
                  <Button
                    variant="default"
                    disabled={saving}
                    onClick={() => {
                      setOutcome(undefined);
                      props.onUndo();
                    }}
                  >
                    {t('form.undo')}
                  </Button>
                  <Button
                    loading={saving}
                    onClick={() =>
                      void props.onSave().then((isSaved) => setOutcome(isSaved ? 'saved' : 'refused'))
                    }
                  >
                    {t('form.save')}
                  </Button>
                </Group>
              )}
            </Group>
          </Paper>
        )}
      </Transition>
    </>
  );
}
