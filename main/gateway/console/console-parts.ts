import type {
  consoleCalls,
  CallOutput,
  CheckedInput,
  ConsoleCallName,
} from '../../contracts/console/console-calls';
import type { CheckResult } from '../../contracts/console/settings-calls';
import type { ApiKeys } from '../auth/api-keys';
import type { AuditLog } from '../auth/audit-log';
import type { ConsoleLogin } from '../auth/console-login';
import type { LastSeen } from '../auth/last-seen';
import type { PageOrigins } from '../auth/page-origins';
import type { BackupOptions, BackupSummary } from '../backup/create-backup';
import type { GatewayConfig, SavedSettings, ServerDatabaseConfig, SystemSmtpConfig } from '../config/config';
import type { DeliveryEngineParts } from '../deliveries/delivery-tenant';
import type { LiveTenant, TenantDirectory } from '../live-tenant';
import type { MessageRenderer } from '../messages/message-renderer';
import type { LogTail, Logger } from '../observability/logger';
import type { SecretStore } from '../secrets/secret-store';
import type { Signals } from '../signals';
import type { TenantRegistry } from '../tenants/tenant-registry';
import type { OfficeReply } from '../whatsapp/office-number';
import type { PacingView } from '../whatsapp/pacing-view';
import type { WhatsAppSessions } from '../whatsapp/whatsapp-sessions';
import type { Confirmations } from './confirmations';
import type { ConsoleCaller } from './console-caller';
import type { Operations } from './operations';
import type { PushHub } from './push-hub';
import type { GatewaySettings } from './setup-state';
import type { LogWatch, OverviewWatch } from './watches';

export type { ConsoleCaller, ConsoleViewer } from './console-caller';

/** What `gateway.info` says of the database server's connections. */
export type ServerConnections = NonNullable<CallOutput<'gateway.info'>['connections']> & {
  /** the next who connects may be refused */
  readonly isFull: boolean;
};

/** What the entry point that this gateway runs behind can do for the console. */
export interface EntryPoint {
  readonly kind: 'desktop' | 'headless';
  /** Stops the gateway and starts it again with the configuration read again. Resolves before that begins. */
  restart(): Promise<void>;
}

/** A gateway that runs and shares the system database. */
interface LivingGateway {
  readonly instance: number;
  /** the machine's name; null with the next two: an older version, which does not say */
  readonly host: string | null;
  readonly version: string | null;
  readonly since: Date | null;
  /** does what one is to do for all */
  readonly leads: boolean;
  /** WhatsApp sessions that it runs */
  readonly sessions: number;
}

/** What the calls work on; handed in by the composition root. */
export interface ConsoleParts {
  readonly config: GatewayConfig;
  readonly entryPoint: EntryPoint;
  readonly startedAt: Date;
  /** why the configuration that was saved did not start, so that the one before runs on */
  readonly restartProblem?: string;
  /** where it listens, once it does */
  readonly port: () => number;
  readonly tls: {
    readonly kind: 'self' | 'files';
    readonly fingerprint: string;
    /** as `CURLOPT_PINNEDPUBLICKEY` wants it behind `sha256//` */
    readonly publicKeyPin: string;
  } | null;
  /** who reached this gateway in this run */
  readonly contacts: Pick<LastSeen, 'last'>;
  /** Saves everything into one file while the gateway runs. */
  readonly createBackup: (
    options: Pick<BackupOptions, 'file' | 'withSecrets' | 'withWhatsApp' | 'onProgress'>,
  ) => Promise<BackupSummary>;
  /** Lets the next start put a backup in place of what is there. */
  readonly scheduleRestore: (order: {
    readonly operationId: string;
    readonly file: string;
    readonly actor: string;
    /** ISO 8601 */
    readonly at: string;
  }) => void;
  /** Tries a server that is to hold the system database; changes nothing. */
  readonly checkDatabaseServer: (server: Omit<ServerDatabaseConfig, 'kind'>) => Promise<CheckResult>;
  /** Sends a real mail by an account that is not in force yet. */
  readonly sendTestMail: (account: SystemSmtpConfig, to: string) => Promise<CheckResult>;
  /** Sends a mail of the gateway's own. */
  readonly sendSystemMail: (
    account: SystemSmtpConfig,
    to: string,
    mail: { readonly subject: string; readonly text: string },
    stopping?: AbortSignal,
  ) => Promise<CheckResult>;
  /** Tells the operator's own address. */
  readonly postAlert: (
    url: string,
    alert: { readonly id: string; readonly body: object; readonly secret: string },
    stopping?: AbortSignal,
  ) => Promise<CheckResult>;
  readonly tenants: TenantDirectory;
  readonly registry: TenantRegistry;
  readonly keys: ApiKeys;
  readonly sessions: WhatsAppSessions;
  /** what contacts wrote to the office number that no tenant had written to, the newest first */
  readonly listOfficeReplies: (limit: number) => Promise<readonly OfficeReply[]>;
  readonly pacing: (tenant: LiveTenant) => Promise<PacingView>;
  /** who a tenant's mails are from; undefined: there is no mail account for it */
  readonly mailSender: (tenant: LiveTenant) => string | undefined;
  /** may the password of its mail account cross the network in the clear, because the operator said so? */
  readonly logsInPlainly: (tenant: LiveTenant) => boolean;
  /** is there a browser that WhatsApp could run in? */
  readonly hasBrowser: () => boolean;
  /** why the gateway switched a tenant's webhook off by itself */
  readonly webhookOffReason: (customerId: string) => string | undefined;
  /** what keeps a tenant's mailbox for bounced mails from being read, in the gateway that reads them */
  readonly bounceProblem: (customerId: string) => string | undefined;
  /** that the embedded database listens on another port than before, in a sentence */
  readonly databaseMoved: string | undefined;
  /** of the database server, for people too; undefined: not known just now */
  readonly connections: () => ServerConnections | undefined;
  /** this gateway's number among those that share the system database */
  readonly instance: number;
  /** those that live, this one included */
  readonly gateways: () => Promise<readonly LivingGateway[]>;
  readonly pageOrigins: PageOrigins;
  /** the log of this run */
  readonly logs: LogTail;
  readonly channels: DeliveryEngineParts['channels'];
  readonly renderer: MessageRenderer;
  readonly secrets: SecretStore;
  /** settings.json of the data folder */
  readonly savedSettings: SavedSettings;
  /** the gateway's own table of small values */
  readonly gatewaySettings: GatewaySettings;
  /** where a link to this console leads, the machine's own name or address in it */
  readonly consoleUrl: () => string;
  /** headless: who may open the console in a browser */
  readonly login: ConsoleLogin | undefined;
  /** what asks for that console's password again */
  readonly confirmations: Confirmations;
  readonly audit: AuditLog;
  readonly signals: Signals;
  readonly logger: Logger;
  readonly operations: Operations;
  readonly logWatch: LogWatch;
  readonly overview: OverviewWatch;
  readonly pushes: PushHub;
}

/** The implementation of some calls: their input was checked, their caller may do it. */
export type ConsoleHandlers<Names extends ConsoleCallName> = {
  readonly [N in Names]: (input: CheckedInput<N>, caller: ConsoleCaller) => Promise<CallOutput<N>>;
};
export type HandlersOf<Calls extends Partial<typeof consoleCalls>> = ConsoleHandlers<
  keyof Calls & ConsoleCallName
>;
