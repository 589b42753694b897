import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const invoiceSent = defineEventType({
  type: 'invoice:sent',
  title: 'Invoice sent',
  description: 'An invoice was issued; the client gets it.',
  required: {
    invoice_id: 'id',
    client_email: 'email',
    invoice_number: 'id',
    total_amount: 'amount',
  },
  optional: {
    client_name: 'text',
    client_phone: 'phone',
    invoice_date: 'date',
    due_date: 'date',
    currency: 'text',
    payment_reference: 'id',
    invoice_url: 'url',
    notes: 'text',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'client',
      email_field: 'client_email',
      phone_field: 'client_phone',
      templates: composeTemplates({
        subject:
          'Invoice {{ invoice_number }} for {{ total_amount | money }}{% if company_name %} from {{ company_name }}{% endif %}',
        topic: 'Invoice',
        heading: 'Your invoice is ready',
        tone: 'neutral',
        nameField: 'client_name',
        paragraphs: [
          'Here is invoice {{ invoice_number }}{% if due_date %}, due on {{ due_date | date }}{% endif %}. Thank you for your business.',
        ],
        figure: { label: 'Amount due', value: '{{ total_amount | money }}' },
        facts: [
          { label: 'Invoice number', value: '{{ invoice_number }}' },
          { label: 'Invoice date', value: '{{ invoice_date | date }}', field: 'invoice_date' },
          { label: 'Due date', value: '{{ due_date | date }}', field: 'due_date' },
          { label: 'Payment reference', value: '{{ payment_reference }}', field: 'payment_reference' },
        ],
        note: { label: 'Note', field: 'notes' },
        action: { label: 'View invoice', field: 'invoice_url' },
        closing: 'If anything on it is unclear, please let us know.',
      }),
    },
  ],
  sample: {
    invoice_id: 1042,
    client_email: 'thandi.nkosi@example.com',
    client_name: 'Thandi Nkosi',
    client_phone: '+27 82 555 0142',
    invoice_number: 'INV-2026-0142',
    invoice_date: '2026-07-01',
    due_date: '2026-07-31',
    total_amount: 1500,
    payment_reference: 'NKO-0142',
    invoice_url: 'https://example.com/invoices/INV-2026-0142',
  },
});
