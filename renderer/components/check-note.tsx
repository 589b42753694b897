import { Alert, Code, Spoiler, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CheckResult } from '../../main/contracts/console/settings-calls';

/** What a try has shown, with what the other side said folded below. */
export function CheckNote({ result }: { readonly result: CheckResult | undefined }) {
  const { t } = useTranslation();
  if (!result) return null;
  const Icon = result.ok ? IconCircleCheck : IconAlertTriangle;
  return (
    <Alert
      variant="light"
      color={result.ok ? 'teal' : 'red'}
      role={result.ok ? 'status' : 'alert'}
      icon={<Icon aria-hidden />}
    >
      <Text size="sm" className="long-text">
        {result.message}
      </Text>
      {result.detail !== null && (
        <Spoiler maxHeight={0} fz="sm" showLabel={t('error.details')} hideLabel={t('error.hideDetails')}>
          <Code block className="long-text wrap-code" mt={6}>
            {result.detail}
          </Code>
        </Spoiler>
      )}
    </Alert>
  );
}
