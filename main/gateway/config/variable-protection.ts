import { configurationVariables, type ConfigurationVariableName } from './config-variables';

/**
 * Where the configuration is used: `desktop` has a window that only this machine's account sees, `headless` has a
 * console in browsers, `command` is the command line, which goes by what the gateway of the same folder goes by.
 */
export type ConfigurationPlace = 'desktop' | 'headless' | 'command';

/** Needed to find and to read the file of saved settings, so they cannot stand in it. */
const neverSaved: readonly ConfigurationVariableName[] = ['GATEWAY_DATA_DIR', 'GATEWAY_MASTER_KEY'];

/**
 * They name programs, arguments, files, servers, or whom to believe. Whoever signs in to the console of a headless
 * gateway is not this machine's account, and must not become it: there only the environment sets them.
 */
const machineVariables: readonly ConfigurationVariableName[] = [
  'TLS_CERT_FILE',
  'TLS_KEY_FILE',
  'DB_HOST',
  'DB_PORT',
  'DB_NAME',
  'DB_USER',
  'DB_PASSWORD',
  'DB_MAX_CONNECTIONS',
  'TENANT_DATABASE_TEMPLATE',
  'ALLOWED_HOSTS',
  'TRUSTED_SOURCES',
  'GATEWAY_TRUST_PROXY',
  'SESSION_VERIFY_URL',
  'GATEWAY_UPDATE_URL',
  'GATEWAY_DOCUMENT_FOLDERS',
  'GATEWAY_SHARED_DIR',
  'GATEWAY_BACKUP_FOLDER',
  'PUPPETEER_EXECUTABLE_PATH',
  'WHATSAPP_BROWSER_ARGS',
];

/** They decide who gets in, or where passwords go: changed in a browser only with the console's password. */
const guardedVariables: readonly ConfigurationVariableName[] = [
  'HOST',
  'TLS',
  'JWT_SECRET',
  'GATEWAY_METRICS_TOKEN',
  'GATEWAY_BACKUP_PASSPHRASE',
  'GATEWAY_CONSOLE',
  'ALLOWED_ORIGINS',
  'SYSTEM_SMTP_HOST',
  'SYSTEM_SMTP_PORT',
  'SYSTEM_SMTP_USER',
  'SYSTEM_SMTP_SECURE',
  'SYSTEM_SMTP_ALLOW_PLAINTEXT_LOGIN',
];

const has = (names: readonly string[], name: string) => names.includes(name);

/** Does it name a program, an argument, a file, a server, or whom to believe? */
function isMachineVariable(name: string): boolean {
  return has(machineVariables, name);
}

export function isGuardedVariable(name: string): boolean {
  return has(guardedVariables, name);
}

/** May this variable be saved in the console of such a gateway? */
export function isSavable(name: string, place: ConfigurationPlace): name is ConfigurationVariableName {
  if (!Object.hasOwn(configurationVariables, name) || has(neverSaved, name)) return false;
  return place === 'desktop' || !isMachineVariable(name);
}
