import type { Channel } from './channels/channel';
import type { EntryPoint, GatewayConsole } from './console/gateway-console';
import type { FileLogger } from './observability/file-logger';
import type { FileSecretStoreOptions, SecretStore } from './secrets/secret-store';
import type { Signals } from './signals';
import type { BrowserPort } from './whatsapp/installed-browsers';

/** What differs between the desktop and a server. */
export interface GatewayPorts {
  /** Default: a key file in the data folder, or GATEWAY_MASTER_KEY. */
  readonly openSecrets?: (options: FileSecretStoreOptions) => SecretStore;
  /** Where WhatsApp runs. Default: the Chrome, Chromium or Edge of this machine. */
  readonly browsers?: BrowserPort;
  /** Where log lines also go: a server's standard output. */
  readonly print?: (lines: string) => void;
  /** How many ports after the wanted one are tried where others listen there. Default: none. */
  readonly furtherPorts?: number;
  /** Channels besides email, WhatsApp and webhooks. Stopped with the gateway. Default: none. */
  readonly channels?: readonly Channel[];
  /** Default: headless, and restarted by whoever runs the process. */
  readonly entryPoint?: EntryPoint;
  /** Why the configuration that was saved did not start, so that the one before runs on. */
  readonly restartProblem?: string;
}

export interface Gateway {
  /** @throws ConfigurationError or GatewayError with one line that says what stands in the way */
  start(): Promise<{
    readonly port: number;
    /** headless: where the console is, with a link that signs in once as long as no password is set */
    readonly consoleUrl?: string;
  }>;
  /** What the operator's windows talk to; undefined until the gateway is up. */
  readonly console: GatewayConsole | undefined;
  /** The machine falls asleep, and wakes up: connections are dead then before anything says so. */
  suspend(): void;
  resume(): void;
  /** Stops intake, finishes or hands back what is in flight, within 10 s. Never throws. */
  stop(): Promise<void>;
  readonly signals: Signals;
  readonly logger: FileLogger;
}
