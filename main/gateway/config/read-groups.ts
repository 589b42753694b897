import { resolve } from 'node:path';
import { errorText } from '../errors';
import type { TlsSource } from '../secrets/tls-certificate';
import { InvalidValue } from './config-values';
import type { configurationVariables, ConfigurationVariableName } from './config-variables';
import { findSharedDataFolder } from './find-shared-data-folder';
import type { GatewayConfig, ServerAddress, SystemSmtpConfig } from './gateway-config';

export type ParsedValue<N extends ConfigurationVariableName> = ReturnType<
  (typeof configurationVariables)[N]['parse']
>;

/** What a variable holds; undefined where it is not set, or makes no sense. */
export type ReadVariable = <N extends ConfigurationVariableName>(name: N) => ParsedValue<N> | undefined;

const usualDatabasePort = 5432;

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

/** @throws InvalidValue where there is neither one port for all nor one for each */
export function pairServers(hosts: readonly string[], ports: readonly number[]): ServerAddress[] {
  if (ports.length > 1 && ports.length !== hosts.length) {
    const servers = hosts.length === 1 ? 'one server' : `${hosts.length} servers`;
    throw new InvalidValue(
      `DB_PORT names ${ports.length} ports, and DB_HOST ${servers}; it may hold one port for all, or one for each.`,
    );
  }
  return hosts.map((host, place) => ({
    host,
    port: (ports.length === 1 ? ports[0] : ports[place]) ?? usualDatabasePort,
  }));
}

export function readDatabase(read: ReadVariable, problems: string[]): GatewayConfig['database'] {
  const hosts = read('DB_HOST') ?? [];
  const ports = read('DB_PORT') ?? [usualDatabasePort];
  let servers: ServerAddress[] = [];
  try {
    if (hosts.length > 0) servers = pairServers(hosts, ports);
  } catch (thrown) {
    problems.push(errorText(thrown));
  }
  const [server, ...standbys] = servers;
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
