import type { WhatsAppSimulator } from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import type { TestTenant } from './start-gateway';
import { waitUntil } from './wait-until';

/** Scans the code that a tenant is offered over HTTP, and waits until its WhatsApp is ready. */
export async function pairWhatsApp(
  tenant: TestTenant,
  simulator: WhatsAppSimulator,
  phone: SimulatedPhone,
): Promise<void> {
  const qrCode = await waitUntil(
    async () => (await tenant.get<{ qr_code?: string }>(`/whatsapp/qr/${tenant.customerId}`)).body.qr_code,
    { what: 'a code to scan' },
  );
  await simulator.scanPicture(phone, qrCode);
  await waitUntil(
    async () => (await tenant.get(`/whatsapp/status/${tenant.customerId}`)).body['status'] === 'ready',
    { what: 'WhatsApp to be ready' },
  );
}
