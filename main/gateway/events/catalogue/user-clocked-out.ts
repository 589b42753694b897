import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

const facts = [
  { label: 'Clocked in', value: '{{ clock_in_time | datetime }}', field: 'clock_in_time' },
  { label: 'Clocked out', value: '{{ clock_out_time | datetime }}' },
  { label: 'Hours worked', value: '{{ hours_worked | number }}', field: 'hours_worked' },
  { label: 'Location', value: '{{ location }}', field: 'location' },
];

export const userClockedOut = defineEventType({
  type: 'user:clockedOut',
  title: 'Clocked out',
  description:
    'Somebody ended work; they get a confirmation, and their manager a notice, where addresses are given.',
  required: {
    user_id: 'id',
    user_name: 'text',
    clock_out_time: 'datetime',
  },
  optional: {
    user_email: 'email',
    user_phone: 'phone',
    manager_name: 'text',
    manager_email: 'email',
    manager_phone: 'phone',
    clock_in_time: 'datetime',
    hours_worked: 'number',
    location: 'text',
    notes: 'text',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'user',
      email_field: 'user_email',
      phone_field: 'user_phone',
      templates: composeTemplates({
        subject: 'You clocked out at {{ clock_out_time | time }}',
        topic: 'Time and attendance',
        heading: 'You are clocked out',
        tone: 'good',
        nameField: 'user_name',
        paragraphs: ['Your clock-out has been recorded. Thank you for your work today.'],
        facts,
        note: { label: 'Note', field: 'notes' },
        closing: 'If these times are not right, please tell your manager.',
      }),
    },
    {
      name: 'manager',
      email_field: 'manager_email',
      phone_field: 'manager_phone',
      templates: composeTemplates({
        subject: '{{ user_name }} clocked out at {{ clock_out_time | time }}',
        topic: 'Time and attendance',
        heading: '{{ user_name }} clocked out',
        tone: 'neutral',
        nameField: 'manager_name',
        paragraphs: ['{{ user_name }} has finished work.'],
        facts,
        note: { label: 'Note', field: 'notes' },
      }),
    },
  ],
  sample: {
    user_id: 17,
    user_name: 'Sipho Dlamini',
    user_email: 'sipho.dlamini@example.com',
    user_phone: '+27 83 555 0117',
    manager_name: 'Anneke Botha',
    manager_email: 'anneke.botha@example.com',
    manager_phone: '+27 84 555 0103',
    clock_in_time: '2026-07-01T07:58:00+02:00',
    clock_out_time: '2026-07-01T16:32:00+02:00',
    hours_worked: 8.5,
    location: 'Cape Town office',
  },
});
