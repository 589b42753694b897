import { Group, NumberInput, PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MailAccount } from './mail-account';

interface MailAccountFieldsProps {
  readonly account: MailAccount;
  readonly hasPassword: boolean;
  readonly disabled: boolean;
  /** by the names of variables (`SYSTEM_SMTP_PORT`) or of fields (`account.port`) */
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (changes: Partial<MailAccount>) => void;
}

export function MailAccountFields(props: MailAccountFieldsProps) {
  const { t } = useTranslation('setup');
  const { account, disabled, problems, onChange } = props;
  const problem = (variable: string, field: string) => {
    const message = problems[`SYSTEM_SMTP_${variable}`] ?? problems[`account.${field}`];
    // The gateway's own sentence begins with the name of the variable, which is not on this page.
    const allowed = /; it may hold (.+)\.$/.exec(message ?? '')?.[1];
    return allowed === undefined ? message : t('mail.mustBe', { allowed });
  };
  return (
    <Stack gap="md">
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <TextInput
          label={t('mail.host')}
          placeholder="mail.example.com"
          disabled={disabled}
          error={problem('HOST', 'host')}
          value={account.host}
          onChange={(event) => onChange({ host: event.currentTarget.value })}
        />
        <NumberInput
          label={t('mail.port')}
          disabled={disabled}
          error={problem('PORT', 'port')}
          value={account.port}
          min={1}
          max={65_535}
          hideControls
          maw={140}
          onChange={(port) => onChange({ port: Number(port) })}
        />
      </Group>
      <Switch
        label={t('mail.secure')}
        description={t('mail.secureHint')}
        disabled={disabled}
        checked={account.secure}
        onChange={(event) => onChange({ secure: event.currentTarget.checked })}
      />
      <Group grow align="flex-start">
        <TextInput
          label={t('mail.username')}
          autoComplete="off"
          disabled={disabled}
          error={problem('USER', 'username')}
          value={account.username}
          onChange={(event) => onChange({ username: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('mail.password')}
          autoComplete="new-password"
          disabled={disabled}
          error={problem('PASS', 'password')}
          placeholder={props.hasPassword ? t('keepPassword') : undefined}
          value={account.password}
          onChange={(event) => onChange({ password: event.currentTarget.value })}
          visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
        />
      </Group>
      <Group grow align="flex-start">
        <TextInput
          label={t('mail.fromEmail')}
          type="email"
          placeholder="office@example.com"
          disabled={disabled}
          error={problem('FROM_EMAIL', 'fromEmail')}
          value={account.fromEmail}
          onChange={(event) => onChange({ fromEmail: event.currentTarget.value })}
        />
        <TextInput
          label={t('mail.fromName')}
          disabled={disabled}
          error={problem('FROM_NAME', 'fromName')}
          value={account.fromName}
          onChange={(event) => onChange({ fromName: event.currentTarget.value })}
        />
      </Group>
    </Stack>
  );
}
