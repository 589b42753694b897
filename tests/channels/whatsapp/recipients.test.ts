import { describe, expect, test } from 'vitest';
import type { MessageLedger } from '../../../main/gateway/channels/whatsapp/message-ledger';
import type { OfficeContacts } from '../../../main/gateway/channels/whatsapp/office-contacts';
import { createRecipients } from '../../../main/gateway/channels/whatsapp/recipients';
import type { SendSlot } from '../../../main/gateway/channels/whatsapp/send-slots';
import type { WhatsAppSessions } from '../../../main/gateway/whatsapp/whatsapp-sessions';
import type { WhatsAppTransport } from '../../../main/gateway/whatsapp/whatsapp-transport';
import { failureOf, makeTenant } from '../make-message';

const slot = {
  admitted: Promise.resolve(),
  acquireNewContacts: () => Promise.resolve(),
} as unknown as SendSlot;

/** A new contact by the office number, after so many were met today. */
function meet(asked: {
  readonly limit: number;
  readonly active: number;
  readonly all: number;
  readonly ofTenant: number;
}) {
  const recipients = createRecipients({
    sessions: {} as WhatsAppSessions,
    ledger: { newContactsLockedUntil: () => Promise.resolve(undefined) } as unknown as MessageLedger,
    office: {
      findChat: () => Promise.resolve(undefined),
      countNew: () => Promise.resolve({ all: asked.all, ofTenant: asked.ofTenant, active: asked.active }),
    } as unknown as OfficeContacts,
    officePace: { ...makeTenant().settings, whatsapp_new_contacts_per_day: asked.limit },
    now: () => new Date('2026-03-04T10:00:00Z'),
  });
  const transport = { findChat: () => Promise.resolve('27822000001@c.us') } as unknown as WhatsAppTransport;
  const tenant = makeTenant({ whatsapp_new_contacts_per_day: 0 });
  return recipients.find(tenant, '082 200 0001', { number: 'office', transport, slot });
}

describe('new contacts of the office number', () => {
  test.each([
    { limit: 50, active: 1, all: 49, ofTenant: 49, why: 'a tenant alone has all of the day' },
    { limit: 50, active: 2, all: 49, ofTenant: 24, why: 'two have half each' },
    { limit: 50, active: 40, all: 10, ofTenant: 0, why: 'of many each has a few' },
    { limit: 3, active: 40, all: 2, ofTenant: 0, why: 'each has one as long as there are any' },
    { limit: 0, active: 2, all: 900, ofTenant: 900, why: 'no limit is no limit' },
  ])('are met: $why', async (asked) => {
    expect(await meet(asked)).toMatchObject({ isNew: true });
  });

  test.each([
    { limit: 50, active: 1, all: 50, ofTenant: 0, says: /50 new contacts .* from the office number today/ },
    { limit: 50, active: 2, all: 25, ofTenant: 25, says: /25 new contacts a day is this tenant's share/ },
    { limit: 50, active: 10, all: 10, ofTenant: 5, says: /5 new contacts a day is this tenant's share/ },
    { limit: 3, active: 40, all: 3, ofTenant: 3, says: /3 new contacts have been written to/ },
  ])(
    'wait for tomorrow at $all of $limit, $ofTenant of one of $active tenants',
    async ({ says, ...asked }) => {
      const failure = await failureOf(meet(asked));
      expect(failure).toMatchObject({ kind: 'deferred', code: 'new_contact_quota' });
      expect(failure.message).toMatch(says);
    },
  );
});
