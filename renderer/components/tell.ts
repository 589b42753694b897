import { notifications } from '@mantine/notifications';

/** Says in the corner what has happened. */
export function tell(message: string, color: 'teal' | 'red' | 'blue' = 'teal'): void {
  notifications.show({ message, color });
}
