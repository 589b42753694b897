import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const paymentReceived = defineEventType({
  type: 'payment:received',
  title: 'Payment received',
  description: 'Money came in; the client gets a confirmation.',
  required: {
    payment_id: 'id',
    client_email: 'email',
    payment_amount: 'amount',
  },
  optional: {
    client_name: 'text',
    client_phone: 'phone',
    payment_date: 'datetime',
    payment_method: 'text',
    payment_reference: 'id',
    invoice_number: 'id',
    currency: 'text',
    receipt_url: 'url',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'client',
      email_field: 'client_email',
      phone_field: 'client_phone',
      templates: composeTemplates({
        subject: 'We have received your payment of {{ payment_amount | money }}',
        topic: 'Payment',
        heading: 'Payment received',
        tone: 'good',
        nameField: 'client_name',
        paragraphs: ['Thank you, your payment has arrived. Please keep this message for your records.'],
        figure: { label: 'Amount received', value: '{{ payment_amount | money }}' },
        facts: [
          { label: 'Payment number', value: '{{ payment_id }}' },
          { label: 'Payment date', value: '{{ payment_date | date }}', field: 'payment_date' },
          { label: 'Payment method', value: '{{ payment_method }}', field: 'payment_method' },
          { label: 'Reference', value: '{{ payment_reference }}', field: 'payment_reference' },
          { label: 'Invoice number', value: '{{ invoice_number }}', field: 'invoice_number' },
        ],
        action: { label: 'View receipt', field: 'receipt_url' },
      }),
    },
  ],
  sample: {
    payment_id: 'PAY-2210',
    client_email: 'thandi.nkosi@example.com',
    client_name: 'Thandi Nkosi',
    client_phone: '+27 82 555 0142',
    payment_amount: '1500.00',
    payment_date: '2026-07-28 14:05:00',
    payment_method: 'EFT',
    payment_reference: 'NKO-0142',
    invoice_number: 'INV-2026-0142',
  },
});
