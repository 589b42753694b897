import { Alert, List } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ErrorNote } from '../../components/error-note';
import { CallError } from '../../gateway-client';

/** Everything that kept it from being saved, in one list: some of it may be far up the page. */
export function SaveProblems({ title, error }: { readonly title: string; readonly error: Error | null }) {
  const problems = error instanceof CallError ? Object.entries(error.fields) : [];
  if (problems.length === 0) return <ErrorNote title={title} error={error} />;
  return (
    <Alert variant="light" color="red" role="alert" icon={<IconAlertTriangle aria-hidden />} title={title}>
      <List size="sm">
        {problems.map(([path, message]) => (
          <List.Item key={path} className="long-text">
            <b>{path}</b> {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
