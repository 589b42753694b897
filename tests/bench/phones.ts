import { createWhatsAppSimulator } from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { serveCalls } from './calls';

/** WhatsApp's side, the same for the gateway and for the bare loop: its server, and a phone for each account. */
const simulator = await createWhatsAppSimulator();
const phones = new Map<string, SimulatedPhone>();
/** how long WhatsApp's server takes to answer for a message, in ms */
let answerMs = 0;
/** performance.now() of each message since the last reset, whoever sent it */
let arrivals: number[] = [];

function phoneOf(number: string): SimulatedPhone {
  const known = phones.get(number);
  if (known) return known;
  const phone = simulator.createPhone(number);
  const take = phone.take.bind(phone);
  phone.take = async (request) => {
    if (answerMs > 0) await new Promise((resolve) => setTimeout(resolve, answerMs));
    arrivals.push(performance.now());
    return take(request);
  };
  phones.set(number, phone);
  return phone;
}

const handlers = {
  browserArgs: () => [...simulator.browserArgs],
  /** The phone sees a code: a PNG data URL, or the text of one. */
  async scan({ number, code }: { number: string; code: string }) {
    const phone = phoneOf(number);
    await (code.startsWith('data:') ? simulator.scanPicture(phone, code) : simulator.scan(phone, code));
  },
  reset() {
    arrivals = [];
  },
  answerAfter(ms: number) {
    answerMs = ms;
  },
  lastText: (number: string) => phoneOf(number).received.at(-1)?.body ?? '',
  /** Messages a second between the first tenth and the `count`-th; the ramp-up is nobody's speed. */
  async waitForRate(count: number): Promise<number> {
    const deadline = performance.now() + 180_000;
    while (arrivals.length < count) {
      if (performance.now() > deadline) throw new Error(`${arrivals.length} of ${count} messages came`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const first = Math.floor(count / 10);
    return ((count - 1 - first) / ((arrivals[count - 1] ?? 0) - (arrivals[first] ?? 0))) * 1000;
  },
};

export type PhoneCalls = typeof handlers;

serveCalls(handlers);
