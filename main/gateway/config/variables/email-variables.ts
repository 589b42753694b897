import { parseEmailAddress, parseFlag, parseHost, parseText, parseWholeNumber } from '../config-values';
import { port, flag, text, type ConfigurationVariable } from './configuration-variable';

export const emailVariables = {
  SYSTEM_SMTP_HOST: {
    group: 'email',
    description: 'The mail server for tenants without one of their own.',
    allowed: 'a host name or an IP address',
    default: 'not set: such tenants send no email',
    parse: parseHost,
  },
  SYSTEM_SMTP_PORT: {
    group: 'email',
    description: 'The port of that mail server.',
    allowed: port,
    default: '587',
    parse: parseWholeNumber(1, 65_535),
  },
  SYSTEM_SMTP_USER: {
    group: 'email',
    description: 'The account on that mail server.',
    allowed: text,
    default: 'not set: no login',
    parse: parseText(255),
  },
  SYSTEM_SMTP_PASS: {
    group: 'email',
    description: 'The password of that account.',
    allowed: text,
    default: 'empty',
    secret: true,
    verbatim: true,
    parse: parseText(1_000),
  },
  SYSTEM_SMTP_FROM_EMAIL: {
    group: 'email',
    description: 'The sender of those emails.',
    allowed: 'an email address',
    default: 'SYSTEM_SMTP_USER where that is an email address, else modular-gateway@localhost',
    parse: parseEmailAddress,
  },
  SYSTEM_SMTP_FROM_NAME: {
    group: 'email',
    description: "The sender's name.",
    allowed: text,
    default: 'Modular Gateway',
    parse: parseText(255),
  },
  SYSTEM_SMTP_SECURE: {
    group: 'email',
    description:
      'true: never without TLS (STARTTLS on ports 25, 587 and 2525); false: TLS where it is offered.',
    allowed: flag,
    default: 'true on port 465, else false',
    parse: parseFlag,
  },
  SYSTEM_SMTP_ALLOW_PLAINTEXT_LOGIN: {
    group: 'email',
    description:
      'true: the password may cross the network in the clear, to a mail server elsewhere that has no TLS.',
    allowed: flag,
    default: 'false: a login at another machine needs TLS',
    parse: parseFlag,
  },
  SYSTEM_SMTP_EHLO_NAME: {
    group: 'email',
    description: 'The name that the gateway introduces itself with to that mail server.',
    allowed: 'a host name such as mail.example.com',
    default: "the domain of the sender's address",
    parse: parseHost,
  },
} satisfies Record<string, ConfigurationVariable>;
