import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, GatewayError } from '../errors';
import { renamePatiently, renamePatientlySync } from '../system/patient-rename';

/** Keeps secrets unreadable at rest. The desktop app brings one that the operating system's keyring backs. */
export interface SecretStore {
  encrypt(plain: string): string;
  /**
   * Texts that `encrypt` did not make are returned as they are: rows from before the gateway hold plain ones.
   * @throws GatewayError `secret_unreadable` when the text was encrypted with another key
   */
  decrypt(stored: string): string;
  /** The key as a file's content, for a backup that takes it along; undefined where no file keeps one. */
  exportKey?(): Buffer | undefined;
}

/** Closes the key of the key file with something of the system's, such as its keyring. */
export interface KeySeal {
  close(key: string): string;
  /** @throws when it was closed by another account, or on another machine */
  open(sealed: string): string;
}

export interface FileSecretStoreOptions {
  /** where the key file is, or is made at first use */
  readonly dataDir: string;
  /** GATEWAY_MASTER_KEY; wins over the key file, which still opens what it closed before */
  readonly masterKey?: string;
  /** how the key file is kept closed; a plain one, such as a restored one, is closed when it is read */
  readonly seal?: KeySeal;
}

const sealPrefix = 'sealed:';
const prefix = 'mgs1:';
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
/** 32 MB and about 0.1 s, once a process; the key is asked to be long and random, not a word. */
const scryptCost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** The file of the key, which `backup --with-secrets` takes along. */
export function secretKeyFile(dataDir: string): string {
  return join(dataDir, 'secret.key');
}

export function isEncrypted(stored: string): boolean {
  return stored.startsWith(prefix);
}

let accountSeal: KeySeal | undefined;

/** Key files of this process are closed with it, unless a store is told another one: for the installed app's commands. */
export function sealKeysWith(seal: KeySeal): void {
  accountSeal = seal;
}

/** AES-256-GCM under a key from GATEWAY_MASTER_KEY or from a file that only this user may read. */
export function createFileSecretStore({
  dataDir,
  masterKey,
  seal = accountSeal,
}: FileSecretStoreOptions): SecretStore {
  let derivedKey: Buffer | undefined;
  let fileKey: Buffer | undefined;

  function keyFromMaster(secret: string): Buffer {
    // A fixed salt: the master key is long and random, and several machines may share it.
    derivedKey ??= scryptSync(secret, 'modular-gateway/secret-store/1', keyBytes, scryptCost);
    return derivedKey;
  }

  function keyFromFile(mayMake: boolean): Buffer | undefined {
    fileKey ??=
      readKeyFile(secretKeyFile(dataDir), seal) ?? (mayMake ? makeKeyFile(dataDir, seal) : undefined);
    return fileKey;
  }

  function candidateKeys(): Buffer[] {
    const fromFile = keyFromFile(false);
    return [...(masterKey === undefined ? [] : [keyFromMaster(masterKey)]), ...(fromFile ? [fromFile] : [])];
  }

  return {
    encrypt(plain) {
      const key = masterKey === undefined ? keyFromFile(true) : keyFromMaster(masterKey);
      if (key === undefined) throw new Error('no key to encrypt with');
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return prefix + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    decrypt(stored) {
      if (!isEncrypted(stored)) return stored;
      const bytes = Buffer.from(stored.slice(prefix.length), 'base64url');
      for (const key of candidateKeys()) {
        const plain = open(bytes, key);
        if (plain !== undefined) return plain;
      }
      throw new GatewayError(
        'secret_unreadable',
        "A stored secret cannot be read with this installation's key: enter it again, or bring back the key.",
        500,
      );
    },
    exportKey() {
      const key = keyFromFile(false);
      return key && Buffer.from(`${key.toString('base64')}\n`);
    },
  };
}

/**
 * Puts a restored key in place; one that is there is kept beside it. Stores opened before do not see it.
 * @returns what puts everything back
 */
export async function replaceKeyFile(dataDir: string, content: Buffer): Promise<() => Promise<void>> {
  const path = secretKeyFile(dataDir);
  const before = `${path}.before-restore`;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const hadOne = existsSync(path);
  if (hadOne) await copyFile(path, before);
  const draft = `${path}.restored`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  await renamePatiently(draft, path);
  return async () => {
    if (hadOne) await renamePatiently(before, path);
    else await rm(path, { force: true });
  };
}

/** Undefined when the bytes were not closed with this key. */
function open(bytes: Buffer, key: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    const plain = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
    return plain.toString('utf8');
  } catch {
    return undefined;
  }
}

function readKeyFile(path: string, seal: KeySeal | undefined): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  const isSealed = text.startsWith(sealPrefix);
  const key = Buffer.from(isSealed ? openSeal(path, text, seal) : text.trim(), 'base64');
  if (key.length !== keyBytes) {
    throw new GatewayError('secret_key_broken', `The key file ${path} does not hold a key.`, 500);
  }
  // Copied or restored with loose rights; a bitmask says nothing on Windows.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  if (seal && !isSealed) {
    const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, describeKey(key, seal), { mode: 0o600, flag: 'wx', flush: true });
    renamePatientlySync(draft, path);
  }
  return key;
}

function describeKey(key: Buffer, seal: KeySeal | undefined): string {
  const text = key.toString('base64');
  return seal ? `${sealPrefix}${seal.close(text)}\n` : `${text}\n`;
}

function openSeal(path: string, text: string, seal: KeySeal | undefined): string {
  const explain = (why: string, cause?: unknown) =>
    new GatewayError('secret_key_sealed', `The key file ${path} ${why}`, 500, undefined, { cause });
  if (!seal) throw explain('is closed by the keyring of this account: only the installed app can open it.');
  try {
    return seal.open(text.slice(sealPrefix.length).trim());
  } catch (thrown) {
    throw explain('was closed by the keyring of another account or machine: bring back a backup.', thrown);
  }
}

function makeKeyFile(dataDir: string, seal: KeySeal | undefined): Buffer {
  const path = secretKeyFile(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, describeKey(randomBytes(keyBytes), seal), { mode: 0o600, flag: 'wx' });
  try {
    // Appears whole or not at all; of two processes that make one, the second uses the first one's.
    linkSync(draft, path);
  } catch (thrown) {
    if (errorCode(thrown) !== 'EEXIST') {
      // A file system without hard links (FAT, some network shares).
      writeFileSync(path, readFileSync(draft), { mode: 0o600, flag: 'wx' });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKeyFile(path, seal);
  if (key === undefined) throw new Error(`${path} vanished`);
  return key;
}
