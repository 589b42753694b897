import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const timesheetSubmitted = defineEventType({
  type: 'timesheet:submitted',
  title: 'Timesheet submitted',
  description: 'An employee handed in a timesheet; the manager is asked to review it.',
  required: {
    timesheet_id: 'id',
    employee_name: 'text',
    manager_email: 'email',
  },
  optional: {
    manager_name: 'text',
    manager_phone: 'phone',
    employee_email: 'email',
    period: 'text',
    total_hours: 'number',
    submitted_at: 'datetime',
    timesheet_url: 'url',
    notes: 'text',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'manager',
      email_field: 'manager_email',
      phone_field: 'manager_phone',
      templates: composeTemplates({
        subject: 'To review: timesheet of {{ employee_name }}{% if period %} for {{ period }}{% endif %}',
        topic: 'Timesheet',
        heading: 'A timesheet is waiting for you',
        tone: 'neutral',
        nameField: 'manager_name',
        paragraphs: [
          '{{ employee_name }} has submitted a timesheet{% if period %} for {{ period }}{% endif %}. Please review it when you have a moment.',
        ],
        facts: [
          { label: 'Timesheet', value: '{{ timesheet_id }}' },
          { label: 'Employee', value: '{{ employee_name }}' },
          { label: 'Period', value: '{{ period }}', field: 'period' },
          { label: 'Total hours', value: '{{ total_hours | number }}', field: 'total_hours' },
          { label: 'Submitted', value: '{{ submitted_at | datetime }}', field: 'submitted_at' },
        ],
        note: { label: 'Note', field: 'notes' },
        action: { label: 'Review timesheet', field: 'timesheet_url' },
      }),
    },
  ],
  sample: {
    timesheet_id: 'TS-2026-27-017',
    employee_name: 'Sipho Dlamini',
    manager_name: 'Anneke Botha',
    manager_email: 'anneke.botha@example.com',
    manager_phone: '+27 84 555 0103',
    period: '29 June to 5 July 2026',
    total_hours: 42.5,
    submitted_at: '2026-07-06T08:15:00+02:00',
    timesheet_url: 'https://example.com/timesheets/TS-2026-27-017',
  },
});
