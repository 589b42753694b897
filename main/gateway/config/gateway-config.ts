import type { LogLevel } from '../observability/logger';
import type { TlsSource } from '../secrets/tls-certificate';
import type { TrustedSource } from './config-values';
import type { ConfigurationPlace } from './variable-protection';

interface EmbeddedDatabaseConfig {
  readonly kind: 'embedded';
}

export interface ServerAddress {
  /** a name, an address, or the folder of a socket */
  readonly host: string;
  readonly port: number;
}

export interface ServerDatabaseConfig extends ServerAddress {
  readonly kind: 'server';
  /** further servers of the same data; whichever of all takes writes is used */
  readonly standbys?: readonly ServerAddress[];
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

export interface SystemSmtpConfig {
  readonly host: string;
  readonly port: number;
  /** empty: no login */
  readonly username: string;
  readonly password: string;
  readonly fromEmail: string;
  readonly fromName: string;
  /** never without TLS; off: where the server offers it */
  readonly secure: boolean;
  /** the operator said that the password may cross the network in the clear */
  readonly allowPlaintextLogin?: boolean;
  /** what the gateway introduces itself as; absent: the domain of `fromEmail` */
  readonly ehloName?: string;
}

/** How many sockets may be connected at once. */
export interface SocketCaps {
  readonly total: number;
  readonly perTenant: number;
  readonly perUser: number;
  readonly perAddress: number;
}

export interface GatewayConfig {
  readonly host: string;
  /** 0: any free port */
  readonly port: number;
  /** undefined: http */
  readonly tls?: TlsSource;
  /** absolute */
  readonly dataDir: string;
  /** absolute; where WhatsApp logins are instead, which several gateways share */
  readonly sharedDir?: string;
  readonly database: EmbeddedDatabaseConfig | ServerDatabaseConfig;
  /** to one server; undefined: as the server allows */
  readonly maxDatabaseConnections?: number;
  readonly tenantDatabaseTemplate?: string;
  readonly jwtSecret?: string;
  readonly masterKey?: string;
  readonly metricsToken?: string;
  /** where a backup goes every day; undefined: none is made by itself */
  readonly backupFolder?: string;
  /** how many of those are kept */
  readonly backupsKept: number;
  /** closes and opens backups */
  readonly backupPassphrase?: string;
  /** told to the office's network by mDNS */
  readonly announced: boolean;
  /** the console for browsers, where there is no window */
  readonly console: boolean;
  readonly allowedOrigins: readonly string[] | '*';
  /** in lower case, without ports */
  readonly allowedHosts: readonly string[];
  readonly socketCaps: SocketCaps;
  readonly trustedSources: readonly TrustedSource[];
  /** as Express's `trust proxy` takes it */
  readonly trustProxy: false | number | readonly string[];
  readonly sessionVerifyUrl?: string;
  readonly documentFolders: readonly string[];
  readonly systemSmtp: SystemSmtpConfig | null;
  /** not checked to be there: the gateway sends email without it too */
  readonly browserExecutablePath?: string;
  readonly whatsappSessionTimeoutMs: number;
  /** new contacts of the office number; 0: no limit */
  readonly whatsappOfficeContactsPerDay: number;
  readonly whatsappBrowserArgs: readonly string[];
  /** 0: for ever */
  readonly retentionDays: number;
  readonly logLevel: LogLevel;
  /** where the installed desktop app looks for updates; undefined: nowhere */
  readonly updateUrl?: string;
  /** what it was read from */
  readonly layers: ConfigurationLayers;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Values as texts, by the names of the environment. */
export interface ConfigurationLayers {
  /** what relative paths begin at */
  readonly cwd: string;
  /** the environment, with `.env` below it: wins over what is saved */
  readonly environment: Environment;
  /** what somebody saved in the console, secrets readable */
  readonly saved: Environment;
  /** secrets that were saved with another key, and count as not set */
  readonly unreadable: readonly string[];
  /** what was saved although only the environment sets it here: without effect */
  readonly ignored: readonly string[];
  readonly place: ConfigurationPlace;
}
