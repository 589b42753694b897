import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** Where there is nothing yet: what would be here, and how to get there. */
export function EmptyState(props: {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly action?: ReactNode;
}) {
  return (
    <Stack align="center" gap="sm" py={64} px="md" ta="center">
      <ThemeIcon size={56} radius="xl" variant="light" aria-hidden>
        {props.icon}
      </ThemeIcon>
      <Title order={2} size="h4">
        {props.title}
      </Title>
      <Text c="dimmed" maw={460}>
        {props.text}
      </Text>
      {props.action}
    </Stack>
  );
}
