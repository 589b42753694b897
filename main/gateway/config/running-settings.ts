import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isEncrypted, type SecretStore } from '../secrets/secret-store';
import { isAlive } from '../system/is-alive';
import { renamePatientlySync } from '../system/patient-rename';
import { buildConfig, type GatewayConfig } from './config';
import { configurationVariables, type ConfigurationVariable } from './config-variables';

/*
 * What the gateway that runs was started with, kept in the data folder while it runs: `doctor` is called from another
 * shell, whose environment says nothing of it.
 */

/** Nothing that looks after the gateway needs these. */
const keptOut: ReadonlySet<string> = new Set(['JWT_SECRET', 'GATEWAY_MASTER_KEY', 'GATEWAY_METRICS_TOKEN']);

const fileSchema = z.object({
  pid: z.int().min(1),
  /** where it listens, whatever PORT asked for */
  port: z.int().min(1).max(65_535),
  cwd: z.string(),
  /** secrets encrypted, addresses with a login or a token among them */
  environment: z.record(z.string(), z.string()),
});

const fileOf = (dataDir: string) => join(dataDir, 'running.json');

/** Returns what takes the note away again. A folder that cannot be written costs the doctor's insight, no more. */
export function noteRunning(
  { dataDir, layers }: Pick<GatewayConfig, 'dataDir' | 'layers'>,
  port: number,
  secrets: Pick<SecretStore, 'encrypt'>,
): () => void {
  const path = fileOf(dataDir);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(layers.environment)) {
    if (value === undefined || keptOut.has(name) || !(name in configurationVariables)) continue;
    environment[name] = isSecret(name, value) ? secrets.encrypt(value) : value;
  }
  const note: z.output<typeof fileSchema> = { pid: process.pid, port, cwd: layers.cwd, environment };
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600 });
    renamePatientlySync(draft, path);
  } catch {
    rmSync(draft, { force: true });
  }
  return () => {
    // Another gateway may have taken the folder over meanwhile.
    if (readNote(dataDir)?.pid === process.pid) rmSync(path, { force: true });
  };
}

interface RunningGateway {
  readonly pid: number;
  /** as the running gateway has it, with the port where it listens */
  readonly config: GatewayConfig;
  /** secrets of its environment that cannot be read here, and count as not set */
  readonly unreadable: readonly string[];
}

/** The gateway that runs on this data folder, as far as its note says; undefined where there is none. */
export function readRunning(
  { dataDir, layers }: Pick<GatewayConfig, 'dataDir' | 'layers'>,
  secrets: Pick<SecretStore, 'decrypt'>,
): RunningGateway | undefined {
  const note = readNote(dataDir);
  if (!note || !isAlive(note.pid)) return undefined;
  const unreadable: string[] = [];
  const environment: Record<string, string> = { GATEWAY_DATA_DIR: dataDir };
  for (const [name, value] of Object.entries(note.environment)) {
    try {
      environment[name] = isEncrypted(value) ? secrets.decrypt(value) : value;
    } catch {
      unreadable.push(name);
    }
  }
  // What is kept out of the note comes from here, where it is set.
  for (const name of keptOut) {
    const own = layers.environment[name];
    if (own !== undefined) environment[name] = own;
  }
  const config = buildConfig({ ...layers, cwd: note.cwd, environment });
  return { pid: note.pid, config: { ...config, port: note.port }, unreadable };
}

function readNote(dataDir: string): z.output<typeof fileSchema> | undefined {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(fileOf(dataDir), 'utf8')));
  } catch {
    // None, or half of one: there is nothing to learn from it.
    return undefined;
  }
}

function isSecret(name: string, value: string): boolean {
  if (!Object.hasOwn(configurationVariables, name)) return false;
  const variable: ConfigurationVariable = configurationVariables[name as keyof typeof configurationVariables];
  return variable.secret === true || /:\/\/(?:[^/]*@|.*[?])/.test(value);
}
