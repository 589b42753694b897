import { Button, Group, Paper, Text, Transition } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { UnsavedGuard } from './unsaved-guard';

/** Comes up from below while something is not saved. */
export function SaveBar(props: {
  readonly dirty: boolean;
  readonly saving: boolean;
  readonly onUndo: () => void;
  /** resolves to whether it is saved */
  readonly onSave: () => Promise<boolean>;
}) {
  const { t } = useTranslation('tenants');
  const save = async () => {
    if (await props.onSave()) notifications.show({ message: t('form.saved'), color: 'teal' });
    else notifications.show({ message: t('form.fix'), color: 'red' });
  };
  return (
    <>
      <UnsavedGuard dirty={props.dirty && !props.saving} />
      <Transition mounted={props.dirty} transition="slide-up" duration={150}>
        {(style) => (
          <Paper
            withBorder
            shadow="md"
            p="sm"
            style={{ ...style, position: 'sticky', bottom: 12, zIndex: 10 }}
            role="region"
            aria-label={t('form.unsaved')}
          >
            <Group justify="space-between">
              <Text fw={500} role="status">
                {t('form.unsaved')}
              </Text>
              <Group gap="xs">
                <Button variant="default" onClick={props.onUndo} disabled={props.saving}>
                  {t('form.undo')}
                </Button>
                <Button onClick={() => void save()} loading={props.saving}>
                  {t('form.save')}
                </Button>
              </Group>
            </Group>
          </Paper>
        )}
      </Transition>
    </>
  );
}
