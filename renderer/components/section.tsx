import { Box, Group, Paper, Text, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';

/** A part of a page with a heading of its own, a line about it, and what belongs to it. */
export function Section(props: {
  readonly title: string;
  readonly icon?: ReactNode;
  readonly hint?: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) {
  const headingId = useId();
  return (
    <Paper withBorder component="section" p="lg" aria-labelledby={headingId}>
      <Group
        justify="space-between"
        align="flex-start"
        gap="sm"
        className="section-header"
        mb={props.children ? 'md' : 0}
      >
        <Box miw={0} className="section-words">
          <Group gap="xs" wrap="nowrap">
            {props.icon}
            <Title order={2} size="h4" id={headingId} className="long-text">
              {props.title}
            </Title>
          </Group>
          {props.hint !== undefined && (
            <Text size="sm" c="dimmed" maw={680}>
              {props.hint}
            </Text>
          )}
        </Box>
        {props.actions}
      </Group>
      {props.children}
    </Paper>
  );
}
