import { Code, Text } from '@mantine/core';
import classes from './delivery-page.module.css';

/** Small print, shown to those who ask for it. */
export function Folded(props: {
  readonly label: string;
  readonly text: string;
  readonly code?: string | null;
}) {
  return (
    <details className={classes['folded']}>
      <Text component="summary" size="xs" c="dimmed">
        {props.label}
      </Text>
      {props.code != null && (
        <Text size="xs" c="dimmed" mt={4} ff="monospace">
          {props.code}
        </Text>
      )}
      <Code block mt={4} className={classes['code']} tabIndex={0}>
        {props.text}
      </Code>
    </details>
  );
}
