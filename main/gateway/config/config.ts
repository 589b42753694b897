import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseEnvFile } from 'dotenv';
import { ConfigurationError, errorCode, errorText } from '../errors';
import {
  createFileSecretStore,
  type FileSecretStoreOptions,
  type SecretStore,
} from '../secrets/secret-store';
import { InvalidValue } from './config-values';
import {
  configurationVariables,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from './config-variables';
import type { ConfigurationLayers, Environment, GatewayConfig } from './gateway-config';
import { readDatabase, readDocumentFolders, readSystemSmtp, readTls, type ParsedValue } from './read-groups';
import { createSavedSettings, savedSettingsFile } from './saved-settings';
import type { ConfigurationPlace } from './variable-protection';
import { findWindowsDataFolder } from './windows-data-folder';

export { customerIdPattern, type TrustedSource } from './config-values';
export type {
  ConfigurationLayers,
  GatewayConfig,
  ServerDatabaseConfig,
  SocketCaps,
  SystemSmtpConfig,
} from './gateway-config';
export { createSavedSettings, type SavedSettings } from './saved-settings';
export { isGuardedVariable, isSavable, type ConfigurationPlace } from './variable-protection';
export {
  configurationVariables,
  type ConfigurationVariable,
  type ConfigurationVariableName,
} from './config-variables';

/** Where a value comes from. */
export type ConfigurationSource = 'environment' | 'saved' | 'default';
/**
 * What is wrong with `value` for the variable, in one sentence that names it; undefined when nothing is.
 * Secrets are not repeated in it.
 */
export function checkVariable(name: ConfigurationVariableName, value: string): string | undefined {
  try {
    parseValue(name, value);
    return undefined;
  } catch (thrown) {
    return describeProblem(name, value, thrown);
  }
}

/**
 * The gateway's configuration: from the environment, from the `.env` of the working folder, which gives way to
 * it, and from what was saved in the console, which gives way to both. Empty values count as not set.
 * @param openSecrets of those who keep saved secrets otherwise than in a key file of the data folder
 * @param place what may come from the saved settings: in a headless gateway, nothing that is the machine's
 * @throws ConfigurationError with one line that names each variable that makes no sense
 */
export function readConfig(
  env: NodeJS.ProcessEnv,
  cwd: string,
  openSecrets: (options: FileSecretStoreOptions) => SecretStore = createFileSecretStore,
  place: ConfigurationPlace = 'headless',
): GatewayConfig {
  const environment = pickKnown({ ...readEnvFile(cwd), ...withoutUndefined(env) });
  const dataDir = readDataDir(environment, cwd);
  const masterKey = valueOf(environment, 'GATEWAY_MASTER_KEY');
  const secrets = openSecrets({ dataDir, masterKey });
  const savedSettings = createSavedSettings({ dataDir, secrets, place });
  if (place === 'desktop') savedSettings.markAsOfWindow();
  const { values: saved, unreadable, ignored } = savedSettings.read();
  return buildConfig({ cwd, environment, saved, unreadable, ignored, place });
}

/** @throws ConfigurationError as `readConfig` does */
export function buildConfig(layers: ConfigurationLayers): GatewayConfig {
  const { cwd } = layers;
  const problems: string[] = [];

  function read<N extends ConfigurationVariableName>(name: N): ParsedValue<N> | undefined {
    const { value, source } = findValue(layers, name);
    if (value === undefined) return undefined;
    try {
      return parseValue(name, value);
    } catch (thrown) {
      const where = source === 'saved' ? ` (${savedSettingsFile(readDataDir(layers.environment, cwd))})` : '';
      problems.push(`${describeProblem(name, value, thrown)}${where}`);
      return undefined;
    }
  }

  const config: GatewayConfig = {
    host: read('HOST') ?? '0.0.0.0',
    port: read('PORT') ?? 3001,
    tls: readTls(read, cwd, problems),
    dataDir: readDataDir(layers.environment, cwd),
    sharedDir: read('GATEWAY_SHARED_DIR'),
    database: readDatabase(read, problems),
    maxDatabaseConnections: read('DB_MAX_CONNECTIONS'),
    tenantDatabaseTemplate: read('TENANT_DATABASE_TEMPLATE'),
    jwtSecret: read('JWT_SECRET'),
    masterKey: read('GATEWAY_MASTER_KEY'),
    metricsToken: read('GATEWAY_METRICS_TOKEN'),
    console: read('GATEWAY_CONSOLE') ?? true,
    announced: read('GATEWAY_MDNS') ?? true,
    backupFolder: read('GATEWAY_BACKUP_FOLDER'),
    backupsKept: read('GATEWAY_BACKUPS_KEPT') ?? 7,
    backupPassphrase: read('GATEWAY_BACKUP_PASSPHRASE'),
    allowedOrigins: read('ALLOWED_ORIGINS') ?? ['http://localhost:3000'],
    allowedHosts: read('ALLOWED_HOSTS') ?? [],
    socketCaps: {
      total: read('GATEWAY_SOCKETS') ?? 10_000,
      perTenant: read('GATEWAY_SOCKETS_PER_TENANT') ?? 1_000,
      perUser: read('GATEWAY_SOCKETS_PER_USER') ?? 200,
      perAddress: read('GATEWAY_SOCKETS_PER_ADDRESS') ?? 2_000,
    },
    trustedSources: read('TRUSTED_SOURCES') ?? [],
    trustProxy: read('GATEWAY_TRUST_PROXY') ?? false,
    sessionVerifyUrl: read('SESSION_VERIFY_URL'),
    documentFolders: readDocumentFolders(read, readDataDir(layers.environment, cwd), problems),
    systemSmtp: readSystemSmtp(read),
    browserExecutablePath: read('PUPPETEER_EXECUTABLE_PATH'),
    whatsappSessionTimeoutMs: read('WHATSAPP_SESSION_TIMEOUT') ?? 300_000,
    whatsappOfficeContactsPerDay: read('WHATSAPP_OFFICE_CONTACTS_PER_DAY') ?? 50,
    whatsappBrowserArgs: read('WHATSAPP_BROWSER_ARGS') ?? [],
    retentionDays: read('GATEWAY_RETENTION_DAYS') ?? 0,
    logLevel: read('LOG_LEVEL') ?? 'info',
    updateUrl: read('GATEWAY_UPDATE_URL'),
    layers,
  };
  // Checked like the others, although it was needed before them.
  read('GATEWAY_DATA_DIR');
  if (problems.length > 0) throw new ConfigurationError(problems.join(' '));
  return config;
}

/** The value that holds for a variable, as a text; undefined: its default. */
export function findValue(
  { environment, saved }: ConfigurationLayers,
  name: ConfigurationVariableName,
): { readonly value: string | undefined; readonly source: ConfigurationSource } {
  const given = valueOf(environment, name);
  if (given !== undefined) return { value: given, source: 'environment' };
  const kept = valueOf(saved, name);
  return kept === undefined ? { value: undefined, source: 'default' } : { value: kept, source: 'saved' };
}

function valueOf(values: Environment, name: string): string | undefined {
  const value = values[name];
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** Where the data folder is, whatever else is wrong. @throws ConfigurationError when `.env` cannot be read */
export function readDataFolder(env: NodeJS.ProcessEnv, cwd: string): string {
  return readDataDir(pickKnown({ ...readEnvFile(cwd), ...withoutUndefined(env) }), cwd);
}

function readDataDir(environment: Environment, cwd: string): string {
  const given = valueOf(environment, 'GATEWAY_DATA_DIR')?.trim();
  return resolve(cwd, given ?? defaultDataDir(environment));
}

function parseValue<N extends ConfigurationVariableName>(name: N, value: string): ParsedValue<N> {
  const variable: ConfigurationVariable = configurationVariables[name];
  return variable.parse(variable.verbatim ? value : value.trim()) as ParsedValue<N>;
}

function describeProblem(name: ConfigurationVariableName, value: string, thrown: unknown): string {
  const variable: ConfigurationVariable = configurationVariables[name];
  const held = variable.secret ? `${value.length} characters (not shown)` : quoteValue(value);
  const reason = thrown instanceof InvalidValue && thrown.message !== '' ? `, but ${thrown.message}` : '';
  return `${name} holds ${held}${reason}; it may hold ${variable.allowed}.`;
}

/** On one line, not endless, and without the password of an address. */
function quoteValue(value: string): string {
  const masked = value.replace(/(:\/\/[^/@:]*:).*@/s, '$1***@');
  return JSON.stringify(masked.length > 100 ? `${masked.slice(0, 100)}…` : masked);
}

function readEnvFile(cwd: string): Environment {
  const path = join(cwd, '.env');
  try {
    return parseEnvFile(readFileSync(path));
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new ConfigurationError(`${path} cannot be read: ${errorText(thrown)}.`, { cause: thrown });
  }
}

/** Where programs keep a user's data depends on these. */
const folderVariables = ['HOME', 'APPDATA', 'LOCALAPPDATA', 'XDG_DATA_HOME'];

function pickKnown(values: Environment): Environment {
  const known = [...Object.keys(configurationVariables), ...folderVariables];
  return Object.fromEntries(
    known.filter((name) => valueOf(values, name) !== undefined).map((n) => [n, values[n]]),
  );
}

function withoutUndefined(env: NodeJS.ProcessEnv): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** Where programs of this system keep a user's data. */
function defaultDataDir(env: Environment): string {
  const home = env['HOME'] ?? homedir();
  if (process.platform === 'win32') return findWindowsDataFolder(env);
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'modular-gateway');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'modular-gateway');
}
