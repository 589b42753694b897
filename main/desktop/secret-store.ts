import { app, safeStorage } from 'electron';
import type { Logger } from '../gateway/observability/logger';
import {
  createFileSecretStore,
  type FileSecretStoreOptions,
  type KeySeal,
  type SecretStore,
} from '../gateway/secrets/secret-store';

let isAnnounced = false;

/* eslint-disable @typescript-eslint/no-deprecated -- the newer ones answer later, and Electron before 40 has none */

/** Chromium's stand-in where Linux has no keyring: a password that stands in its source. */
const hardlyASecret = 'basic_text';

/** What the system's keyring closes keys with; undefined where it has none. Only once the app is ready. */
export function findSeal(): KeySeal | undefined {
  const isReal =
    safeStorage.isEncryptionAvailable() &&
    (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== hardlyASecret);
  if (!isReal) return undefined;
  return {
    close: (key) => safeStorage.encryptString(key).toString('base64'),
    open: (sealed) => safeStorage.decryptString(Buffer.from(sealed, 'base64')),
  };
}

/**
 * The gateway's secrets, under a key that the system's keyring keeps closed (Windows' DPAPI, macOS' Keychain,
 * GNOME's and KDE's). Where there is none the key lies in a file that only this account may read, as it does
 * headless; and so in a source tree, where the command line uses the same data folder and has no keyring.
 */
export function openSecretStore(options: FileSecretStoreOptions, logger: Logger): SecretStore {
  if (!app.isPackaged) return createFileSecretStore(options);
  const seal = findSeal();
  if (!seal && !isAnnounced) {
    logger.warn(
      'secrets.keyring_missing',
      'this system has no keyring: secrets are kept under a key file in the data folder',
    );
    isAnnounced = true;
  }
  return createFileSecretStore({ ...options, seal });
}
