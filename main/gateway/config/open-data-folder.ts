import { accessSync, constants, mkdirSync } from 'node:fs';
import { errorCode, ConfigurationError } from '../errors';
import { closePrivateFolders } from './close-private-folders';
import type { GatewayConfig } from './config';

/**
 * Makes the data folder where it is missing.
 * @throws ConfigurationError that says which folder it is, who named it, and what is wrong with it
 */
export function openDataFolder({ dataDir, layers }: Pick<GatewayConfig, 'dataDir' | 'layers'>): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    closePrivateFolders(dataDir);
  } catch (thrown) {
    const given = layers.environment['GATEWAY_DATA_DIR'] !== undefined;
    throw new ConfigurationError(
      `GATEWAY_DATA_DIR ${given ? 'holds' : 'is not set, and its default is'} ${JSON.stringify(dataDir)}, but ` +
        `${explain(errorCode(thrown))}; it may hold a folder that this account can write to.`,
      { cause: thrown },
    );
  }
}

function explain(code: string | undefined): string {
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'a part of that is a file';
  if (code === 'EACCES' || code === 'EPERM') return 'it belongs to another account';
  if (code === 'EROFS') return 'that disk can only be read';
  return `it cannot be made (${code ?? 'for an unknown reason'})`;
}
