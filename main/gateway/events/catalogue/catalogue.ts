import type { EventType } from '../../../contracts/event-types';
import { documentSent } from './document-sent';
import { invoicePaid } from './invoice-paid';
import { invoiceSent } from './invoice-sent';
import { paymentReceived } from './payment-received';
import { payslipGenerated } from './payslip-generated';
import { refundCreated } from './refund-created';
import { timesheetApproved } from './timesheet-approved';
import { timesheetRejected } from './timesheet-rejected';
import { timesheetSubmitted } from './timesheet-submitted';
import { userClockedIn } from './user-clocked-in';
import { userClockedOut } from './user-clocked-out';

/** The event types that every tenant has, by name; tenants can add types of their own. */
export const builtInEventTypes: ReadonlyMap<string, EventType> = new Map(
  [
    invoiceSent,
    invoicePaid,
    userClockedIn,
    userClockedOut,
    payslipGenerated,
    documentSent,
    paymentReceived,
    refundCreated,
    timesheetSubmitted,
    timesheetApproved,
    timesheetRejected,
  ].map((eventType) => [eventType.type, eventType]),
);
