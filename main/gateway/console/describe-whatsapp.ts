import type { WhatsAppCard } from '../../contracts/console/whatsapp-calls';
import { officeId } from '../../contracts/office-number';
import type { SessionStatus } from '../../contracts/statuses';
import { withTimeout } from '../concurrency/with-timeout';
import type { Tenant } from '../tenants/tenant-registry';
import { numberOf } from '../whatsapp/office-number';
import type { SessionState } from '../whatsapp/session-record';
import type { ConsoleParts } from './console-parts';

type Parts = Pick<ConsoleParts, 'tenants' | 'sessions' | 'pacing'>;

const countWithinMs = 3_000;
/** Nobody but a person ends these, also where the gateway has started again since. */
const wantsScan: readonly SessionStatus[] = ['qr_ready', 'auth_failed', 'logged_out'];

/** A session for a card. */
export function describeSession(
  parts: Pick<Parts, 'sessions'>,
  id: string,
  state: SessionState | undefined,
): Pick<
  WhatsAppCard,
  | 'status'
  | 'since'
  | 'phone'
  | 'runsOn'
  | 'reason'
  | 'needsPerson'
  | 'qrCode'
  | 'qrRefreshesAt'
  | 'qrOfferEndsAt'
  | 'pairingCode'
> {
  return {
    status: state?.status ?? 'disconnected',
    since: state?.since.toISOString() ?? null,
    phone: state?.phone ?? null,
    runsOn: parts.sessions.elsewhere(id)?.host ?? null,
    reason: state?.error ?? null,
    needsPerson: state !== undefined && (state.waitsForPerson || wantsScan.includes(state.status)),
    qrCode: state?.qrCode ?? null,
    qrRefreshesAt: state?.qrRefreshesAt?.toISOString() ?? null,
    qrOfferEndsAt: state?.qrOfferEndsAt?.toISOString() ?? null,
    pairingCode: state?.pairingCode ?? null,
  };
}

/** A tenant's WhatsApp as a card shows it. Starts nothing. */
export async function describeWhatsApp(
  parts: Parts,
  tenant: Pick<Tenant, 'customerId' | 'name'>,
): Promise<WhatsAppCard> {
  const { customerId } = tenant;
  const live = parts.tenants.find(customerId);
  const state = live
    ? await withTimeout(parts.sessions.status(customerId), countWithinMs).catch(() => undefined)
    : parts.sessions.peek(customerId);
  const [counts, pacing] = live
    ? await Promise.all([
        withTimeout(live.summary.summariseWhatsApp(), countWithinMs).catch(() => undefined),
        withTimeout(parts.pacing(live), countWithinMs).catch(() => undefined),
      ])
    : [undefined, undefined];
  const waiting = counts?.waiting ?? 0;
  const number = live ? numberOf(parts.sessions, live) : 'own';
  const used = number === 'office' ? parts.sessions.peek(officeId) : state;
  const wait = waiting > 0 && used?.status === 'ready' ? findWait(pacing) : undefined;
  return {
    customerId,
    tenantName: tenant.name,
    isAway: counts === undefined,
    enabled: live?.settings.whatsapp_enabled ?? false,
    number,
    ...describeSession(parts, customerId, state),
    waiting,
    unknown: counts?.unknown ?? 0,
    lastSentAt: counts?.lastSentAt?.toISOString() ?? null,
    nextSendAt: wait?.until?.toISOString() ?? null,
    waitReason: wait?.reason ?? null,
    newContactsToday: pacing?.newContactsToday ?? 0,
    newContactsPerDay: pacing?.newContactsPerDay ?? 0,
  };
}

/** Why messages wait although WhatsApp is connected. */
function findWait(pacing: Awaited<ReturnType<Parts['pacing']>> | undefined) {
  if (!pacing) return undefined;
  if (pacing.quietUntil) return { reason: 'quiet_hours', until: pacing.quietUntil };
  if (pacing.newContactsLockedUntil) {
    return { reason: 'new_contacts_locked', until: pacing.newContactsLockedUntil };
  }
  if (pacing.newContactsPerDay > 0 && pacing.newContactsToday >= pacing.newContactsPerDay) {
    return { reason: 'daily_new_contacts', until: pacing.nextSendAt };
  }
  return pacing.nextSendAt ? { reason: 'gap', until: pacing.nextSendAt } : undefined;
}
