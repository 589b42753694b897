import { Button, Code, CopyButton, Group, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

interface CopyActionProps {
  readonly value: string;
  /** what is copied: for screen readers, or above the field */
  readonly label: string;
  /** on the button, where "Copy" would not say enough */
  readonly copyLabel?: string;
  readonly variant?: 'default' | 'filled';
}

/** Says that it has copied, to eyes and to screen readers. */
export function CopyAction({ value, label, copyLabel, variant = 'default' }: CopyActionProps) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value} timeout={2_500}>
      {({ copied, copy }) => (
        <Button
          size={copyLabel === undefined ? 'xs' : 'sm'}
          variant={variant}
          onClick={copy}
          style={{ flexShrink: 0 }}
          leftSection={
            copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} stroke={1.7} aria-hidden />
          }
          aria-label={
            copyLabel === undefined ? `${t(copied ? 'action.copied' : 'action.copy')}: ${label}` : undefined
          }
        >
          <span aria-live="polite">{copied ? t('action.copied') : (copyLabel ?? t('action.copy'))}</span>
        </Button>
      )}
    </CopyButton>
  );
}

/** A value to take somewhere else, whole: a line of code, or a field of a form where the button has words of its own. */
export function CopyField({ hint, ...props }: CopyActionProps & { readonly hint?: string }) {
  return (
    <Group wrap="nowrap" gap="sm" align={props.copyLabel === undefined ? 'center' : 'flex-end'}>
      {props.copyLabel === undefined ? (
        <Code className="long-text copy-value">{props.value}</Code>
      ) : (
        <TextInput
          label={props.label}
          description={hint}
          value={props.value}
          readOnly
          flex={1}
          // Room below the line: underscores are part of keys and addresses.
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: 1.6 } }}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
      <CopyAction {...props} />
    </Group>
  );
}
