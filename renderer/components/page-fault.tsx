import { Button, Container, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';

/** A fault of ours in a page: said plainly, with a way on. */
export function PageFault() {
  const { t } = useTranslation();
  const thrown = useRouteError();
  return (
    <Container size="sm" py="xl" component="main">
      <Stack role="alert">
        <Title order={1} size="h2">
          {t('error.page')}
        </Title>
        <Text c="dimmed" className="long-text">
          {thrown instanceof Error ? thrown.message : String(thrown)}
        </Text>
        <Button w="fit-content" onClick={() => window.location.reload()}>
          {t('error.reload')}
        </Button>
      </Stack>
    </Container>
  );
}
