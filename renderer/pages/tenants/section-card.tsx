import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';

/** One matter of a page: its name, a line about it, and what belongs to it. */
export function SectionCard(props: {
  readonly title: string;
  readonly icon?: ReactNode;
  readonly hint?: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby={id}>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Group gap="xs">
              {props.icon}
              <Title order={2} size="h4" id={id}>
                {props.title}
              </Title>
            </Group>
            {props.hint !== undefined && (
              <Text c="dimmed" size="sm" mt={4}>
                {props.hint}
              </Text>
            )}
          </div>
          {props.aside}
        </Group>
        {props.children}
      </Stack>
    </Paper>
  );
}
