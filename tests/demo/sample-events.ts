import { makePdf } from './make-pdf';

/** An event as it goes to POST /api/events. */
export interface SampleEvent {
  readonly event_type: string;
  readonly event_data: Readonly<Record<string, unknown>>;
}

interface Person {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
}

const person = (name: string, phone: string): Person => ({
  name,
  email: `${name.toLowerCase().replace(' ', '.')}@example.com`,
  phone,
});

const clients = [
  person('Thandi Nkosi', '+27 82 555 0142'),
  person('Pieter Venter', '+27 83 555 0168'),
  person('Ayesha Patel', '+27 72 555 0119'),
] as const;
const employees = [
  person('Sipho Dlamini', '+27 83 555 0117'),
  person('Lerato Mokoena', '+27 76 555 0181'),
] as const;
const manager = person('Anneke Botha', '+27 84 555 0103');

/** Her mail server is busy whenever a refund comes: the first attempt fails, the second does not. */
export const busyMailbox = person('Karabo Molefe', '+27 79 555 0126');

export const people: readonly Person[] = [...clients, ...employees, manager, busyMailbox];

const day = (at: Date) => at.toISOString().slice(0, 10);
const daysLater = (at: Date, days: number) => new Date(at.getTime() + days * 86_400_000);
const pick = <T>(list: readonly [T, ...T[]], round: number): T => list[round % list.length] ?? list[0];

/** Events of all eleven types, in the order of an office's day; another client and employee each round. */
export function makeSampleEvents(round: number, now: Date): readonly SampleEvent[] {
  const client = pick(clients, round);
  const employee = pick(employees, round);
  const number = 142 + round;
  const invoice = `INV-${now.getFullYear()}-${String(number).padStart(4, '0')}`;
  const amount = 1_500 + ((round * 835.5) % 9_000);
  const staff = {
    user_id: 17 + (round % employees.length),
    user_name: employee.name,
    user_email: employee.email,
    manager_name: manager.name,
    manager_email: manager.email,
    location: 'Cape Town office',
  };
  const timesheet = {
    timesheet_id: `TS-${number}`,
    employee_name: employee.name,
    employee_email: employee.email,
    employee_phone: employee.phone,
    manager_name: manager.name,
    period: `week of ${day(daysLater(now, -7))}`,
    total_hours: 42.5,
  };
  const billed = { client_name: client.name, client_email: client.email, client_phone: client.phone };
  return [
    { event_type: 'user:clockedIn', event_data: { ...staff, clock_in_time: now.toISOString() } },
    {
      event_type: 'invoice:sent',
      event_data: {
        ...billed,
        invoice_id: 900 + number,
        invoice_number: invoice,
        invoice_date: day(now),
        due_date: day(daysLater(now, 30)),
        total_amount: amount,
        attachments: [attachPdf(`${invoice}.pdf`, `Invoice ${invoice} for ${client.name}`)],
      },
    },
    {
      event_type: 'payment:received',
      event_data: {
        ...billed,
        payment_id: `PAY-${2_000 + number}`,
        payment_amount: amount,
        payment_date: now.toISOString(),
        payment_method: 'EFT',
        invoice_number: invoice,
      },
    },
    {
      event_type: 'invoice:paid',
      event_data: {
        ...billed,
        invoice_id: 900 + number,
        invoice_number: invoice,
        payment_amount: amount,
        payment_date: day(now),
        balance_due: 0,
      },
    },
    {
      event_type: 'refund:created',
      event_data: {
        client_name: busyMailbox.name,
        client_email: busyMailbox.email,
        client_phone: busyMailbox.phone,
        refund_id: `REF-${number}`,
        refund_amount: 349.9,
        refund_date: day(now),
        reason: 'One chair was returned.',
      },
    },
    {
      event_type: 'timesheet:submitted',
      event_data: {
        ...timesheet,
        manager_email: manager.email,
        manager_phone: manager.phone,
        submitted_at: now.toISOString(),
      },
    },
    {
      event_type: 'timesheet:rejected',
      event_data: { ...timesheet, reason: 'Thursday has no clock-out time.', rejected_at: now.toISOString() },
    },
    { event_type: 'timesheet:approved', event_data: { ...timesheet, approved_at: now.toISOString() } },
    {
      event_type: 'payslip:generated',
      event_data: {
        employee_id: staff.user_id,
        employee_name: employee.name,
        employee_email: employee.email,
        employee_phone: employee.phone,
        payslip_number: `PS-${number}`,
        period: now.toLocaleDateString('en-ZA', { month: 'long', year: 'numeric' }),
        pay_date: day(now),
        gross_pay: 24_500,
        deductions: 5_312.5,
        net_pay: 19_187.5,
        attachments: [attachPdf(`payslip-${number}.pdf`, `Payslip of ${employee.name}`)],
      },
    },
    {
      event_type: 'document:sent',
      event_data: {
        document_id: `DOC-${300 + number}`,
        document_type: 'Service agreement',
        document_name: `Service agreement ${now.getFullYear()}`,
        recipient_name: client.name,
        recipient_email: client.email,
        recipient_phone: client.phone,
        sender_name: manager.name,
        message: 'Please read page 3 with care.\nIf all is well, sign and send it back to us.',
        attachments: [attachPdf('service-agreement.pdf', 'Service agreement')],
      },
    },
    {
      event_type: 'user:clockedOut',
      event_data: {
        ...staff,
        clock_in_time: new Date(now.getTime() - 8.5 * 3_600_000).toISOString(),
        clock_out_time: now.toISOString(),
        hours_worked: 8.5,
      },
    },
  ];
}

function attachPdf(filename: string, title: string) {
  return {
    filename,
    content_type: 'application/pdf',
    content_base64: makePdf(title).toString('base64'),
  };
}
