import { Button, Code, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

interface CopyActionProps {
  readonly value: string;
  /** what is copied, for screen readers */
  readonly label: string;
  readonly variant?: 'default' | 'filled';
}

/** Says that it has copied, to eyes and to screen readers. */
export function CopyAction({ value, label, variant = 'default' }: CopyActionProps) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value} timeout={2_500}>
      {({ copied, copy }) => (
        <Button
          size="xs"
          variant={variant}
          onClick={copy}
          style={{ flexShrink: 0 }}
          leftSection={
            copied ? <IconCheck size={15} aria-hidden /> : <IconCopy size={15} stroke={1.7} aria-hidden />
          }
          aria-label={`${t(copied ? 'action.copied' : 'action.copy')}: ${label}`}
        >
          <span aria-live="polite">{t(copied ? 'action.copied' : 'action.copy')}</span>
        </Button>
      )}
    </CopyButton>
  );
}

/** A value to take somewhere else, whole. */
export function CopyField(props: CopyActionProps) {
  return (
    <Group wrap="nowrap" gap="sm">
      <Code className="long-text copy-value">{props.value}</Code>
      <CopyAction {...props} />
    </Group>
  );
}
