/** The sections of the settings page. */
type ConfigurationGroup = 'network' | 'database' | 'email' | 'whatsapp' | 'security' | 'data' | 'logging';

/** One variable of the environment: read by config.ts, printed by docs/configuration.md and the console. */
export interface ConfigurationVariable {
  readonly group: ConfigurationGroup;
  /** a sentence for people */
  readonly description: string;
  /** completes "it may hold …" */
  readonly allowed: string;
  /** what holds when it is not set, in words or as a value */
  readonly default: string;
  /** never shown */
  readonly secret?: true;
  /** Blanks at the ends are part of the value. */
  readonly verbatim?: true;
  /** @throws InvalidValue */
  readonly parse: (text: string) => unknown;
}

// What several variables may hold.
export const port = 'a whole number from 1 to 65535';
export const flag = 'true or false';
export const socketCount = 'a whole number from 1 to 1000000';
export const text = 'a text without line breaks';
