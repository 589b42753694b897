import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const timesheetApproved = defineEventType({
  type: 'timesheet:approved',
  title: 'Timesheet approved',
  description: 'A timesheet was approved; the employee is told.',
  required: {
    timesheet_id: 'id',
    employee_email: 'email',
    period: 'text',
  },
  optional: {
    employee_name: 'text',
    employee_phone: 'phone',
    manager_name: 'text',
    total_hours: 'number',
    approved_at: 'datetime',
    timesheet_url: 'url',
    notes: 'text',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'employee',
      email_field: 'employee_email',
      phone_field: 'employee_phone',
      templates: composeTemplates({
        subject: 'Approved: your timesheet for {{ period }}',
        topic: 'Timesheet',
        heading: 'Your timesheet is approved',
        tone: 'good',
        nameField: 'employee_name',
        paragraphs: [
          'Good news: your timesheet for {{ period }} has been approved. There is nothing more to do.',
        ],
        facts: [
          { label: 'Timesheet', value: '{{ timesheet_id }}' },
          { label: 'Period', value: '{{ period }}' },
          { label: 'Total hours', value: '{{ total_hours | number }}', field: 'total_hours' },
          { label: 'Approved by', value: '{{ manager_name }}', field: 'manager_name' },
          { label: 'Approved', value: '{{ approved_at | datetime }}', field: 'approved_at' },
        ],
        note: { label: 'Note', field: 'notes' },
        action: { label: 'View timesheet', field: 'timesheet_url' },
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
    total_hours: 42.5,
    approved_at: '2026-07-06T09:40:00+02:00',
  },
});
