import type { CallInput } from '../../../main/contracts/console/console-calls';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';

/** The system's mail account as a form holds it; an empty password: the one that is saved. */
export interface MailAccount {
  readonly host: string;
  readonly port: number;
  /** false: encrypted only where the server offers it */
  readonly secure: boolean;
  readonly username: string;
  readonly password: string;
  readonly fromEmail: string;
  readonly fromName: string;
}

/** Port of mail submission, with STARTTLS. */
const submissionPort = 587;

export function readMailAccount(variables: ReadonlyMap<string, SettingVariable>): MailAccount {
  const value = (name: string) => variables.get(`SYSTEM_SMTP_${name}`)?.value ?? '';
  return {
    host: value('HOST'),
    port: Number(value('PORT') || submissionPort),
    secure: value('SECURE') === 'true' || value('HOST') === '',
    username: value('USER'),
    password: '',
    fromEmail: value('FROM_EMAIL'),
    fromName: value('FROM_NAME'),
  };
}

export function toMailCall(account: MailAccount): CallInput<'setup.sendTestMail'>['account'] {
  const { password, ...rest } = account;
  return { ...rest, host: rest.host.trim(), ...(password === '' ? {} : { password }) };
}

export function toMailValues(account: MailAccount): Record<string, string | null> {
  const orDefault = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    SYSTEM_SMTP_HOST: orDefault(account.host),
    SYSTEM_SMTP_PORT: String(account.port),
    SYSTEM_SMTP_SECURE: String(account.secure),
    SYSTEM_SMTP_USER: orDefault(account.username),
    SYSTEM_SMTP_FROM_EMAIL: orDefault(account.fromEmail),
    SYSTEM_SMTP_FROM_NAME: orDefault(account.fromName),
    ...(account.password === '' ? {} : { SYSTEM_SMTP_PASS: account.password }),
  };
}
