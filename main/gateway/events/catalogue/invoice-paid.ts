import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const invoicePaid = defineEventType({
  type: 'invoice:paid',
  title: 'Invoice paid',
  description: 'A payment was booked against an invoice; the client is thanked.',
  required: {
    invoice_id: 'id',
    client_email: 'email',
    payment_amount: 'amount',
  },
  optional: {
    client_name: 'text',
    client_phone: 'phone',
    invoice_number: 'id',
    payment_date: 'datetime',
    payment_method: 'text',
    payment_reference: 'id',
    balance_due: 'amount',
    currency: 'text',
    invoice_url: 'url',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'client',
      email_field: 'client_email',
      phone_field: 'client_phone',
      templates: composeTemplates({
        subject: 'Thank you: payment received for invoice {{ invoice_number | default: invoice_id }}',
        topic: 'Invoice',
        heading: 'Thank you for your payment',
        tone: 'good',
        nameField: 'client_name',
        paragraphs: [
          'We have received your payment for invoice {{ invoice_number | default: invoice_id }}. Please keep this message for your records.',
        ],
        figure: { label: 'Amount received', value: '{{ payment_amount | money }}' },
        facts: [
          { label: 'Invoice number', value: '{{ invoice_number | default: invoice_id }}' },
          { label: 'Payment date', value: '{{ payment_date | date }}', field: 'payment_date' },
          { label: 'Payment method', value: '{{ payment_method }}', field: 'payment_method' },
          { label: 'Reference', value: '{{ payment_reference }}', field: 'payment_reference' },
          { label: 'Balance due', value: '{{ balance_due | money }}', field: 'balance_due' },
        ],
        action: { label: 'View invoice', field: 'invoice_url' },
      }),
    },
  ],
  sample: {
    invoice_id: 1042,
    client_email: 'thandi.nkosi@example.com',
    client_name: 'Thandi Nkosi',
    client_phone: '+27 82 555 0142',
    invoice_number: 'INV-2026-0142',
    payment_amount: 1500,
    payment_date: '2026-07-28',
    payment_method: 'EFT',
    payment_reference: 'NKO-0142',
    balance_due: 0,
  },
});
