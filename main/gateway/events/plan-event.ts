import { isEmailAddress } from '../../contracts/email-address';
import { planDeliveries, type PlannedDelivery } from '../deliveries/plan-deliveries';
import type { NewDelivery } from '../storage/event-rows';
import { listPhoneNumbers } from '../whatsapp/phone-numbers';
import type { EventTenant } from './event-tenant';
import { invalidEvent } from './field-problem';
import type { ValidEvent } from './read-event';

interface AddressProblem {
  readonly code: 'invalid_recipient' | 'phone_invalid';
  readonly message: string;
  /** completes "FIELD …" */
  readonly expectation: string;
}

/**
 * The plan with the state in which each delivery starts. One whose address cannot be one starts as failed, in words,
 * and costs the others nothing.
 * @throws GatewayError `invalid_event` (422) where that leaves no message at all
 */
export function planEvent(tenant: EventTenant, event: Pick<ValidEvent, 'type' | 'data'>): NewDelivery[] {
  const planned = [
    ...planDeliveries(event.type.definition, event.data, tenant.settings),
    ...(tenant.endpoints?.() ?? []),
  ]
    .map((delivery) => takeEmailInstead(tenant, delivery))
    .map((delivery) => ({ ...delivery, problem: addressProblem(tenant, delivery) }));
  if (planned.length > 0 && planned.every(({ problem }) => problem !== undefined)) {
    throw invalidEvent(
      planned.map(({ field, problem }) => ({
        path: `event_data.${field ?? ''}`,
        message: problem?.expectation ?? '',
      })),
    );
  }
  return planned.map(({ channel, recipient, audience, problem }) => {
    if (problem) {
      const { code, message } = problem;
      return { channel, recipient, audience, status: 'failed', heldReason: null, error: { code, message } };
    }
    const heldReason = tenant.heldReason(channel) ?? null;
    const status = heldReason === null ? 'pending' : 'held';
    return { channel, recipient, audience, status, heldReason, error: null };
  });
}

/** Where the email waits for WhatsApp to fail, and a look at the number says that it will. */
function takeEmailInstead(tenant: EventTenant, delivery: PlannedDelivery): PlannedDelivery {
  const { insteadByEmail: email } = delivery;
  const isNeeded = email && addressProblem(tenant, delivery) && !addressProblem(tenant, email);
  return isNeeded ? email : delivery;
}

/** What is wrong with the address of a delivery; a webhook's is judged when it leaves. */
export function addressProblem(
  { settings }: Pick<EventTenant, 'settings'>,
  { channel, recipient }: Pick<PlannedDelivery, 'channel' | 'recipient'>,
): AddressProblem | undefined {
  const shown = `“${recipient}”`;
  if (channel === 'email' && !isEmailAddress(recipient)) {
    return {
      code: 'invalid_recipient',
      message: `${shown} is not an email address.`,
      expectation: 'must be an email address',
    };
  }
  const phones = channel === 'whatsapp' ? listPhoneNumbers(recipient, settings.default_country) : undefined;
  if (phones?.length === 0) {
    return {
      code: 'phone_invalid',
      message: `${shown} is not a phone number.`,
      expectation: 'must be a phone number such as +27 82 123 4567',
    };
  }
  return undefined;
}
