/** Small values of the gateway's own, kept in its system database. */
export interface GatewaySettings {
  read(name: string): Promise<unknown>;
  write(name: string, value: unknown): Promise<void>;
}

const nameOfName = 'gateway_name';
const nameOfSetup = 'setup_done';

/** What the office calls this gateway; empty until somebody gave it a name. */
export async function readGatewayName(settings: GatewaySettings): Promise<string> {
  const value = await settings.read(nameOfName);
  return typeof value === 'string' ? value : '';
}

export function writeGatewayName(settings: GatewaySettings, name: string): Promise<void> {
  return settings.write(nameOfName, name);
}

/** Was the wizard finished or put away? */
export async function readSetupDone(settings: GatewaySettings): Promise<boolean> {
  return (await settings.read(nameOfSetup)) === true;
}

export function writeSetupDone(settings: GatewaySettings): Promise<void> {
  return settings.write(nameOfSetup, true);
}
