import { resolve } from 'node:path';
import type { TlsSource } from '../secrets/tls-certificate';
import type { configurationVariables, ConfigurationVariableName } from './config-variables';
import { findSharedDataFolder } from './find-shared-data-folder';
import type { GatewayConfig, SystemSmtpConfig } from './gateway-config';

export type ParsedValue<N extends ConfigurationVariableName> = ReturnType<
  (typeof configurationVariables)[N]['parse']
>;

/** What a variable holds; undefined where it is not set, or makes no sense. */
export type ReadVariable = <N extends ConfigurationVariableName>(name: N) => ParsedValue<N> | undefined;

/** What several variables say together. */

export function readTls(read: ReadVariable, cwd: string, problems: string[]): TlsSource | undefined {
  const certFile = read('TLS_CERT_FILE');
  const keyFile = read('TLS_KEY_FILE');
  const own = read('TLS') === 'self';
  if (certFile === undefined && keyFile === undefined) return own ? { kind: 'self' } : undefined;
  if (certFile === undefined || keyFile === undefined) {
    const [missing, there] = certFile === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    problems.push(
      `TLS_${missing}_FILE is not set; it must hold the path of the file that goes with TLS_${there}_FILE.`,
    );
    return undefined;
  }
  if (own) {
    problems.push('TLS holds "self" while TLS_CERT_FILE is set; it may hold off, or TLS_CERT_FILE must go.');
    return undefined;
  }
  return { kind: 'files', certFile: resolve(cwd, certFile), keyFile: resolve(cwd, keyFile) };
}

export function readDocumentFolders(
  read: ReadVariable,
  dataDir: string,
  problems: string[],
): readonly string[] {
  const folders = read('GATEWAY_DOCUMENT_FOLDERS') ?? [];
  for (const own of [dataDir, read('GATEWAY_SHARED_DIR')]) {
    const shared = own === undefined ? undefined : findSharedDataFolder(folders, own);
    if (shared === undefined) continue;
    problems.push(
      `GATEWAY_DOCUMENT_FOLDERS holds ${JSON.stringify(shared)}, but the gateway's own data is ${JSON.stringify(own)}; ` +
        'it may hold folders that are not that one, not in it, and not above it.',
    );
  }
  return folders;
}

export function readDatabase(read: ReadVariable, problems: string[]): GatewayConfig['database'] {
  const hosts = read('DB_HOST') ?? [];
  const ports = read('DB_PORT') ?? [5432];
  if (hosts.length > 0 && ports.length > 1 && ports.length !== hosts.length) {
    problems.push(
      `DB_PORT names ${ports.length} ports, and DB_HOST ${hosts.length === 1 ? 'one server' : `${hosts.length} servers`}; ` +
        'it may hold one port for all, or one for each.',
    );
  }
  const [server, ...standbys] = hosts.map((host, place) => ({
    host,
    port: (ports.length === 1 ? ports[0] : ports[place]) ?? 5432,
  }));
  const account = {
    name: read('DB_NAME') ?? 'modular_gateway',
    user: read('DB_USER') ?? 'postgres',
    password: read('DB_PASSWORD') ?? '',
  };
  if (!server) return { kind: 'embedded' };
  return { kind: 'server', ...server, ...account, ...(standbys.length === 0 ? {} : { standbys }) };
}

export function readSystemSmtp(read: ReadVariable): SystemSmtpConfig | null {
  const host = read('SYSTEM_SMTP_HOST');
  const port = read('SYSTEM_SMTP_PORT') ?? 587;
  const username = read('SYSTEM_SMTP_USER') ?? '';
  const account = {
    port,
    username,
    password: read('SYSTEM_SMTP_PASS') ?? '',
    fromEmail:
      read('SYSTEM_SMTP_FROM_EMAIL') ?? (username.includes('@') ? username : 'modular-gateway@localhost'),
    fromName: read('SYSTEM_SMTP_FROM_NAME') ?? 'Modular Gateway',
    secure: read('SYSTEM_SMTP_SECURE') ?? port === 465,
    allowPlaintextLogin: read('SYSTEM_SMTP_ALLOW_PLAINTEXT_LOGIN') ?? false,
  };
  const ehloName = read('SYSTEM_SMTP_EHLO_NAME');
  return host === undefined ? null : { host, ...account, ...(ehloName === undefined ? {} : { ehloName }) };
}
