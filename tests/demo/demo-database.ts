import { readConfig } from '../../main/gateway/config/config';
import { writeGatewayName, writeSetupDone } from '../../main/gateway/console/setup-state';
import { createDatabase } from '../../main/gateway/storage/database';
import { readGatewaySetting, writeGatewaySetting } from '../../main/gateway/storage/gateway-settings-store';
import { openDatabaseServer } from '../../main/gateway/storage/system-database';
import { type DemoGatewayOptions, environmentOf } from './demo-gateway';

export interface DemoDatabase {
  /** The wizard's first steps count as taken: the console opens on its overview. After the first command only. */
  skipFirstSteps(): Promise<void>;
}

const silentLogger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

/** Starts the server that gateway and commands share, and holds it until the end: each would stop it else. */
export async function openDemoDatabase(
  options: DemoGatewayOptions,
  undo: (stop: () => Promise<void>) => void,
): Promise<DemoDatabase> {
  const config = readConfig(environmentOf(options), options.folder);
  const server = await openDatabaseServer(config, silentLogger);
  undo(() => server.stop());
  return {
    async skipFirstSteps() {
      const system = createDatabase({
        url: server.systemUrl(),
        logger: silentLogger,
        applicationName: 'demo',
        maxConnections: 1,
      });
      try {
        const settings = {
          read: (name: string) => readGatewaySetting(system, name),
          write: (name: string, value: unknown) => writeGatewaySetting(system, name, value),
        };
        await writeGatewayName(settings, 'Demo office');
        await writeSetupDone(settings);
      } finally {
        await system.stop();
      }
    },
  };
}
