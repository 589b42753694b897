import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const timesheetRejected = defineEventType({
  type: 'timesheet:rejected',
  title: 'Timesheet rejected',
  description: 'A timesheet was sent back; the employee is told why.',
  required: {
    timesheet_id: 'id',
    employee_email: 'email',
    period: 'text',
    reason: 'text',
  },
  optional: {
    employee_name: 'text',
    employee_phone: 'phone',
    manager_name: 'text',
    total_hours: 'number',
    rejected_at: 'datetime',
    due_date: 'date',
    timesheet_url: 'url',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'employee',
      email_field: 'employee_email',
      phone_field: 'employee_phone',
      templates: composeTemplates({
        subject: 'Not approved: your timesheet for {{ period }}',
        topic: 'Timesheet',
        heading: 'Your timesheet needs a change',
        tone: 'attention',
        nameField: 'employee_name',
        paragraphs: [
          'Your timesheet for {{ period }} was not approved. Please correct it and submit it again{% if due_date %} by {{ due_date | date }}{% endif %}.',
        ],
        facts: [
          { label: 'Timesheet', value: '{{ timesheet_id }}' },
          { label: 'Period', value: '{{ period }}' },
          { label: 'Total hours', value: '{{ total_hours | number }}', field: 'total_hours' },
          { label: 'Reviewed by', value: '{{ manager_name }}', field: 'manager_name' },
          { label: 'Reviewed', value: '{{ rejected_at | datetime }}', field: 'rejected_at' },
        ],
        note: { label: 'Reason', field: 'reason' },
        action: { label: 'Correct timesheet', field: 'timesheet_url' },
        closing: 'If you do not agree, please talk to your manager.',
      }),
    },
  ],
  sample: {
    timesheet_id: 'TS-2026-27-017',
    employee_email: 'sipho.dlamini@example.com',
    employee_name: 'Sipho Dlamini',
    employee_phone: '+27 83 555 0117',
    manager_name: 'Anneke Botha',
    period: '29 June to 5 July 2026',
    reason: 'Thursday has no clock-out time.',
    total_hours: 42.5,
    rejected_at: '2026-07-06T09:40:00+02:00',
    timesheet_url: 'https://example.com/timesheets/TS-2026-27-017',
  },
});
