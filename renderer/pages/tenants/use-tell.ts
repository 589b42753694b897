import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';

/** Says in the corner what has happened; what closes the note has a name for screen readers. */
export function useTell(): (message: string, color?: 'teal' | 'red' | 'blue') => void {
  const { t } = useTranslation('shell');
  return (message, color = 'teal') => {
    notifications.show({ message, color, closeButtonProps: { 'aria-label': t('action.close') } });
  };
}
