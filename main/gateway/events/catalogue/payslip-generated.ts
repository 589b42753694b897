import { composeTemplates } from './compose-templates';
import { defineEventType } from './define-event-type';

export const payslipGenerated = defineEventType({
  type: 'payslip:generated',
  title: 'Payslip ready',
  description: 'A payslip was made; the employee gets it.',
  required: {
    employee_id: 'id',
    employee_email: 'email',
    payslip_number: 'id',
    net_pay: 'amount',
  },
  optional: {
    employee_name: 'text',
    employee_phone: 'phone',
    period: 'text',
    pay_date: 'date',
    gross_pay: 'amount',
    deductions: 'amount',
    currency: 'text',
    payslip_url: 'url',
    notes: 'text',
    company_name: 'text',
  },
  audiences: [
    {
      name: 'employee',
      email_field: 'employee_email',
      phone_field: 'employee_phone',
      templates: composeTemplates({
        // Subjects show on locked screens: no amount in this one.
        subject:
          'Your payslip {% if period %}for {{ period }}{% else %}{{ payslip_number }}{% endif %} is ready',
        topic: 'Payslip',
        heading: 'Your payslip is ready',
        tone: 'neutral',
        nameField: 'employee_name',
        paragraphs: [
          'Your payslip{% if period %} for {{ period }}{% endif %} is ready. Thank you for your work.',
        ],
        figure: { label: 'Net pay', value: '{{ net_pay | money }}' },
        facts: [
          { label: 'Payslip number', value: '{{ payslip_number }}' },
          { label: 'Period', value: '{{ period }}', field: 'period' },
          { label: 'Pay date', value: '{{ pay_date | date }}', field: 'pay_date' },
          { label: 'Gross pay', value: '{{ gross_pay | money }}', field: 'gross_pay' },
          { label: 'Deductions', value: '{{ deductions | money }}', field: 'deductions' },
        ],
        note: { label: 'Note', field: 'notes' },
        action: { label: 'View payslip', field: 'payslip_url' },
        closing: 'This message is confidential and meant for you alone.',
      }),
    },
  ],
  sample: {
    employee_id: 17,
    employee_email: 'sipho.dlamini@example.com',
    employee_name: 'Sipho Dlamini',
    employee_phone: '+27 83 555 0117',
    payslip_number: 'PS-2026-07-017',
    period: 'July 2026',
    pay_date: '2026-07-25',
    gross_pay: 24500,
    deductions: 5312.5,
    net_pay: 19187.5,
    payslip_url: 'https://example.com/payslips/PS-2026-07-017',
  },
});
