/** The event that everything is measured with: an ordinary confirmation of a payment, about 250 bytes. */
export const benchEvent = {
  event_type: 'payment:received',
  event_data: {
    payment_id: 'PAY-2210',
    client_email: 'thandi.nkosi@example.com',
    client_name: 'Thandi Nkosi',
    payment_amount: '1500.00',
    payment_date: '2026-07-28 14:05:00',
    payment_method: 'EFT',
    invoice_number: 'INV-2026-0142',
  },
} as const;

export const eventBody = JSON.stringify(benchEvent);

export function batchBody(size: number): string {
  return JSON.stringify({ events: Array.from({ length: size }, () => benchEvent) });
}
