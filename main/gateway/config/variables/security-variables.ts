import {
  parseFlag,
  parseFolders,
  parseHosts,
  parseHttpUrl,
  parseOrigins,
  parseSecret,
  parseSigningSecret,
  parseTrustedSources,
  parseTrustProxy,
} from '../config-values';
import type { ConfigurationVariable } from './configuration-variable';

export const securityVariables = {
  JWT_SECRET: {
    group: 'security',
    description: 'What tokens are signed with.',
    allowed: 'at least 16 characters that nobody can guess',
    default: 'made at first start and kept, encrypted',
    secret: true,
    verbatim: true,
    parse: parseSigningSecret(16),
  },
  GATEWAY_MASTER_KEY: {
    group: 'security',
    description: 'What stored passwords and secrets are encrypted with.',
    allowed: 'at least 16 characters that nobody can guess',
    default: 'a key file in GATEWAY_DATA_DIR, made at first use',
    secret: true,
    verbatim: true,
    parse: parseSigningSecret(16),
  },
  GATEWAY_METRICS_TOKEN: {
    group: 'security',
    description: 'Lets others than this machine read /metrics (Authorization: Bearer).',
    allowed: 'at least 16 characters that nobody can guess',
    default: 'not set: /metrics answers this machine only',
    secret: true,
    verbatim: true,
    parse: parseSecret(16),
  },
  GATEWAY_CONSOLE: {
    group: 'security',
    description: 'The console for browsers at /console, of a gateway without a window.',
    allowed: 'on or off',
    default: 'on',
    parse: parseFlag,
  },
  ALLOWED_ORIGINS: {
    group: 'security',
    description: 'The web pages that may talk to the gateway from a browser, besides its own.',
    allowed: 'origins such as https://shop.example.com, separated by commas, or *: every page',
    default: 'http://localhost:3000',
    parse: parseOrigins,
  },
  ALLOWED_HOSTS: {
    group: 'security',
    description:
      'Further names that the gateway is called by, where a trusted address or this machine asks without a key.',
    allowed: 'host names such as gateway.example.com, separated by commas',
    default:
      'not set: addresses, names without a dot, the name of this machine, the hosts of ALLOWED_ORIGINS',
    parse: parseHosts,
  },
  TRUSTED_SOURCES: {
    group: 'security',
    description: 'Addresses that may speak for a tenant without a key: 192.168.1.10=ACC003,10.0.0.0/8=*.',
    allowed: 'ADDRESS=CUSTOMER_ID or CIDR=CUSTOMER_ID (*: any tenant), separated by commas',
    default: 'not set: nobody',
    parse: parseTrustedSources,
  },
  GATEWAY_TRUST_PROXY: {
    group: 'security',
    description: 'The reverse proxies in front whose X-Forwarded-For is believed.',
    allowed: 'off, the number of proxies, or their addresses separated by commas',
    default: 'off',
    parse: parseTrustProxy,
  },
  SESSION_VERIFY_URL: {
    group: 'security',
    description: 'Where the PHP application says whether a session belongs to a user.',
    allowed: 'an http or https address',
    default: 'not set: sessions are not accepted',
    parse: parseHttpUrl,
  },
  GATEWAY_DOCUMENT_FOLDERS: {
    group: 'security',
    description: 'The folders that document_path may name files in.',
    allowed: 'absolute paths, separated by commas',
    default: 'not set: document_path is refused',
    parse: parseFolders,
  },
} satisfies Record<string, ConfigurationVariable>;
