import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppUpdater, ResolvedUpdateFileInfo, UpdateInfo } from 'electron-updater';
import type { ProviderRuntimeOptions } from 'electron-updater/out/providers/Provider.js';
import { readSignedFeed, readUpdateKey, refusePlainAddress } from './signed-feed';

/**
 * electron-updater's way to an update server, with the signature checked before anything that the server says is read.
 * @param appPath where the app's package.json is, which carries the key as `updateKey`
 */
export async function createSignedFeed(
  url: string,
  appPath: string,
): Promise<Exclude<Parameters<AppUpdater['setFeedURL']>[0], string | null | undefined>> {
  const library = await import('electron-updater/out/providers/Provider.js');
  const manifest = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8')) as { updateKey?: unknown };
  const key = readUpdateKey(manifest.updateKey);
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  refusePlainAddress(base);

  class SignedProvider extends library.Provider<UpdateInfo> {
    constructor(_options: unknown, _updater: unknown, runtimeOptions: ProviderRuntimeOptions) {
      super(runtimeOptions);
    }

    override async getLatestVersion(): Promise<UpdateInfo> {
      const file = `${this.getDefaultChannelName()}.yml`;
      const address = new URL(file, base);
      const text = await readSignedFeed(address, key, (each) => this.httpRequest(each));
      return library.parseUpdateInfo(text, file, address);
    }

    override resolveFiles(update: UpdateInfo): ResolvedUpdateFileInfo[] {
      const files = library.resolveFiles(update, base);
      for (const { url: address } of files) refusePlainAddress(address);
      return files;
    }
  }

  return { provider: 'custom', updateProvider: SignedProvider };
}
