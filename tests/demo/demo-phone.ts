import type { WhatsAppSimulator } from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedMessage } from '../simulators/whatsapp-web/simulated-phone';
import type { GatewayClient } from './gateway-client';
import type { PhoneView } from './pages/phone-page';
import { people } from './sample-events';

/** The phone of the demo's business: it scans the gateway's code, and holds the chats. */
export interface DemoPhone {
  readonly messages: readonly SimulatedMessage[];
  /** Looks at the code that the gateway shows. What goes wrong is told by `view`. */
  scan(): Promise<void>;
  /** The person removes the linked device. */
  unlink(): void;
  /** A client writes to the business. */
  write(from: string, text: string): void;
  view(): Promise<PhoneView>;
}

const ownNumber = '27215550100';
const digitsOf = (phone: string) => phone.replace(/\D/g, '');
/** What the gateway calls a session whose code may be on its screen. */
const offered = 'qr_ready';

export function createDemoPhone(simulator: WhatsAppSimulator, gateway: GatewayClient): DemoPhone {
  const phone = simulator.createPhone(ownNumber);
  const written: SimulatedMessage[] = [];
  const contacts = people.map(({ name, phone: number }) => ({ name, number: digitsOf(number) }));
  let problem: string | undefined;

  const messages = () => [...phone.received, ...written].sort((a, b) => a.t - b.t);

  return {
    get messages() {
      return messages();
    },
    async scan() {
      problem = undefined;
      if (phone.isLinked) return;
      try {
        await simulator.scanPicture(phone, await gateway.askForCode());
      } catch (thrown) {
        problem = thrown instanceof Error ? thrown.message : String(thrown);
      }
    },
    unlink() {
      problem = undefined;
      if (phone.isLinked) phone.unlink({ style: 'LOGOUT' });
    },
    write(from, text) {
      const contact = contacts.find(({ number }) => number === from);
      if (!contact || text.trim() === '') return;
      const serialized = phone.write(contact.number, text.trim());
      const message = phone
        .history(`${contact.number}@c.us`)
        .find((entry) => entry.serialized === serialized);
      if (message) written.push(message);
    },
    async view() {
      const { status, qrCode } = await gateway.whatsappState();
      return {
        number: ownNumber,
        isLinked: phone.isLinked,
        qrCode: status === offered ? qrCode : null,
        gatewayStatus: status,
        messages: messages(),
        people: contacts,
        problem,
      };
    },
  };
}
