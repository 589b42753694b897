import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** The catalogue's and the gateway's own have names in the texts; those that tenants define are shown as they are. */
const textKeys = {
  'document:sent': 'eventType.documentSent',
  'invoice:paid': 'eventType.invoicePaid',
  'invoice:sent': 'eventType.invoiceSent',
  'payment:received': 'eventType.paymentReceived',
  'payslip:generated': 'eventType.payslipGenerated',
  'refund:created': 'eventType.refundCreated',
  'timesheet:approved': 'eventType.timesheetApproved',
  'timesheet:rejected': 'eventType.timesheetRejected',
  'timesheet:submitted': 'eventType.timesheetSubmitted',
  'whatsapp:message_received': 'eventType.messageReceived',
  'user:clockedIn': 'eventType.clockedIn',
  'user:clockedOut': 'eventType.clockedOut',
} as const;

/** An event type as people call it; null: a message that no event made. */
export function useEventWords(): (eventType: string | null) => string {
  const { t } = useTranslation('history');
  return useMemo(
    () => (eventType) => {
      if (eventType === null || eventType === '') return t('eventType.none');
      if (!Object.hasOwn(textKeys, eventType)) return eventType;
      return t(textKeys[eventType as keyof typeof textKeys]);
    },
    [t],
  );
}
