import { Bonjour } from 'bonjour-service';
import { announceGateway } from '../../main/gateway/discovery/announce-gateway';
import { createMemoryLogger } from '../support/memory-logger';

/** In a network of its own: announces a gateway, looks for it as any program would, and takes it back. */
const [address = ''] = process.argv.slice(2);
const logger = createMemoryLogger();
const announcement = await announceGateway({
  address,
  port: 3001,
  tls: false,
  hostname: 'office-pc',
  version: '1.2.3',
  logger,
});
const listener = new Bonjour({ interface: address, bind: '0.0.0.0' } as never);
const found = new Promise<object>((resolve) => {
  listener.find({ type: 'modular-gateway', protocol: 'tcp' }, (service) => {
    const { name, port, addresses } = service;
    resolve({ name, port, txt: service.txt as unknown, addresses });
  });
});
const seen = await found;
const gone = new Promise<void>((resolve) => {
  listener.find({ type: 'modular-gateway', protocol: 'tcp' }).on('down', () => resolve());
});
await new Promise((resolve) => setTimeout(resolve, 300));
await announcement.stop();
await gone;
await new Promise<void>((resolve) => listener.destroy(() => resolve()));
console.log(JSON.stringify({ seen, log: logger.lines }));
process.exit(0);
