import { Box, Group, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

/** The head of a page: its one h1, a line below it, and what can be done on it. */
export function PageHeader(props: {
  readonly title: string;
  readonly hint?: string;
  readonly actions?: ReactNode;
}) {
  useEffect(() => {
    document.title = `${props.title} · Modular Gateway`;
  }, [props.title]);
  return (
    <Group justify="space-between" align="flex-start" mb="lg" gap="md" className="page-header">
      <Box miw={0} className="page-header-words">
        <Title order={1} size="h2" className="long-text">
          {props.title}
        </Title>
        {props.hint !== undefined && (
          <Text c="dimmed" mt={2} maw={680} style={{ textWrap: 'pretty' }}>
            {props.hint}
          </Text>
        )}
      </Box>
      {props.actions !== undefined && <Group gap="xs">{props.actions}</Group>}
    </Group>
  );
}
