import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const documentSent = defineEventType({
  type: 'document:sent',
  title: 'Document sent',
  description: 'A document is on its way to somebody, as an attachment or a link.',
  required: {
    document_id: 'id',
    recipient_email: 'email',
    document_type: 'text',
  },
  optional: {
    recipient_name: 'text',
    recipient_phone: 'phone',
    document_name: 'text',
    document_url: 'url',
    sender_name: 'text',
    message: 'text',
    due_date: 'date',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'recipient',
      email_field: 'recipient_email',
      phone_field: 'recipient_phone',
      templates: composeTemplates({
        subject:
          '{{ document_name | default: document_type }}{% if company_name %} from {{ company_name }}{% endif %}',
        topic: 'Document',
        heading: '{{ document_name | default: document_type }}',
        tone: 'neutral',
        nameField: 'recipient_name',
        paragraphs: [
          '{% if sender_name %}{{ sender_name }} has sent you a document{% else %}A document has been sent to you{% endif %}{% if attachments.size > 0 %}; you will find it attached{% endif %}.',
        ],
        facts: [
          { label: 'Type', value: '{{ document_type }}' },
          { label: 'Reference', value: '{{ document_id }}' },
          { label: 'Please reply by', value: '{{ due_date | date }}', field: 'due_date' },
        ],
        note: { label: 'Message', field: 'message' },
        action: { label: 'Open document', field: 'document_url' },
      }),
    },
  ],
  sample: {
    document_id: 'DOC-311',
    recipient_email: 'thandi.nkosi@example.com',
    recipient_name: 'Thandi Nkosi',
    recipient_phone: '+27 82 555 0142',
    document_type: 'Service agreement',
    document_name: 'Service agreement 2026',
    document_url: 'https://example.com/documents/DOC-311',
    sender_name: 'Anneke Botha',
    message: 'Please read page 3 with care.\nIf all is well, sign and send it back to us.',
    due_date: '2026-07-15',
  },
});
