import {
  parseFlag,
  parseHost,
  parseOneOf,
  parseText,
  parseUpdateUrl,
  parseWholeNumber,
} from '../config-values';
import { socketCount, type ConfigurationVariable } from './configuration-variable';

export const networkVariables = {
  HOST: {
    group: 'network',
    description: 'The address that the gateway listens on.',
    allowed: 'a host name or an IP address',
    default: '0.0.0.0',
    parse: parseHost,
  },
  PORT: {
    group: 'network',
    description: 'The port that the gateway listens on.',
    allowed: 'a whole number from 0 to 65535 (0: any free port)',
    default: '3001',
    parse: parseWholeNumber(0, 65_535),
  },
  TLS: {
    group: 'network',
    description: 'https with a certificate that the gateway makes for itself; clients pin its fingerprint.',
    allowed: 'off, or self',
    default: 'off: http, unless TLS_CERT_FILE is set',
    parse: parseOneOf(['off', 'self']),
  },
  TLS_CERT_FILE: {
    group: 'network',
    description: 'https with your own certificate (PEM, with what stands between it and its authority).',
    allowed: 'the path of a file; TLS_KEY_FILE goes with it',
    default: 'not set: http, or the certificate of TLS=self',
    parse: parseText(1_000),
  },
  TLS_KEY_FILE: {
    group: 'network',
    description: 'The private key of TLS_CERT_FILE (PEM, without a password).',
    allowed: 'the path of a file; TLS_CERT_FILE goes with it',
    default: 'not set',
    parse: parseText(1_000),
  },
  GATEWAY_MDNS: {
    group: 'network',
    description: 'Announces the gateway in the office network (mDNS, _modular-gateway._tcp).',
    allowed: 'on or off',
    default: 'on, where HOST is in a private network',
    parse: parseFlag,
  },
  GATEWAY_SOCKETS: {
    group: 'network',
    description: 'How many sockets may be connected at once, in all.',
    allowed: socketCount,
    default: '10000',
    parse: parseWholeNumber(1, 1_000_000),
  },
  GATEWAY_SOCKETS_PER_TENANT: {
    group: 'network',
    description: "How many of them may be one customer's.",
    allowed: socketCount,
    default: '1000',
    parse: parseWholeNumber(1, 1_000_000),
  },
  GATEWAY_SOCKETS_PER_USER: {
    group: 'network',
    description: "How many of a customer's may be one user's.",
    allowed: socketCount,
    default: '200',
    parse: parseWholeNumber(1, 1_000_000),
  },
  GATEWAY_SOCKETS_PER_ADDRESS: {
    group: 'network',
    description: 'How many of all may come from one address.',
    allowed: socketCount,
    default: '2000',
    parse: parseWholeNumber(1, 1_000_000),
  },
  GATEWAY_UPDATE_URL: {
    group: 'network',
    description:
      'Where the installed desktop app looks for updates, which must be signed: the folder of a web server.',
    allowed: 'an https address',
    default: 'not set: it never looks',
    parse: parseUpdateUrl,
  },
} satisfies Record<string, ConfigurationVariable>;
