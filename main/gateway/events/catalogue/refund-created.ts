import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const refundCreated = defineEventType({
  type: 'refund:created',
  title: 'Refund created',
  description: 'A refund was made out; the client is told what to expect.',
  required: {
    refund_id: 'id',
    client_email: 'email',
    refund_amount: 'amount',
  },
  optional: {
    client_name: 'text',
    client_phone: 'phone',
    invoice_number: 'id',
    reason: 'text',
    refund_date: 'date',
    refund_method: 'text',
    currency: 'text',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'client',
      email_field: 'client_email',
      phone_field: 'client_phone',
      templates: composeTemplates({
        subject: 'Your refund of {{ refund_amount | money }}',
        topic: 'Refund',
        heading: 'Your refund is on its way',
        tone: 'good',
        nameField: 'client_name',
        paragraphs: [
          'We have made out a refund to you{% if invoice_number %} for invoice {{ invoice_number }}{% endif %}. Banks can take a few working days to pay it out.',
        ],
        figure: { label: 'Refund amount', value: '{{ refund_amount | money }}' },
        facts: [
          { label: 'Refund number', value: '{{ refund_id }}' },
          { label: 'Invoice number', value: '{{ invoice_number }}', field: 'invoice_number' },
          { label: 'Refund date', value: '{{ refund_date | date }}', field: 'refund_date' },
          { label: 'Paid to', value: '{{ refund_method }}', field: 'refund_method' },
        ],
        note: { label: 'Reason', field: 'reason' },
        closing: 'If you have any questions, please let us know.',
      }),
    },
  ],
  sample: {
    refund_id: 'REF-087',
    client_email: 'thandi.nkosi@example.com',
    client_name: 'Thandi Nkosi',
    client_phone: '+27 82 555 0142',
    refund_amount: 349.9,
    invoice_number: 'INV-2026-0142',
    refund_date: '2026-07-29',
    refund_method: 'Bank account',
    reason: 'One chair was returned.',
  },
});
