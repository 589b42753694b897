import { Button, CopyButton, Group, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

/** A value to take along, with a button that does it. */
export function CopyField(props: {
  readonly label: string;
  readonly value: string;
  readonly copyLabel: string;
  readonly hint?: string;
}) {
  return (
    <Group align="flex-end" wrap="nowrap">
      <TextInput
        label={props.label}
        description={props.hint}
        value={props.value}
        readOnly
        flex={1}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <CopyToClipboard value={props.value} label={props.copyLabel} />
    </Group>
  );
}

export function CopyToClipboard({ value, label }: { readonly value: string; readonly label: string }) {
  const { t } = useTranslation('tenants');
  return (
    <CopyButton value={value} timeout={2_000}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          onClick={copy}
          leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          style={{ flexShrink: 0 }}
        >
          <span aria-live="polite">{copied ? t('key.copied') : label}</span>
        </Button>
      )}
    </CopyButton>
  );
}
