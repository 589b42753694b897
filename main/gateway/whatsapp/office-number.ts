import { officeId, type NumberUsed } from '../../contracts/office-number';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { Database } from '../storage/database';
import { forgetOfficeContacts, listOfficeWriters } from '../storage/office-contact-store';
import {
  claimOfficeInbound,
  closeOfficeInbound,
  listOfficeInbound,
  listOpenOfficeInbound,
  listOpenOfficeTenants,
} from '../storage/office-inbound-store';
import type { WhatsAppInboundMessage } from '../storage/whatsapp-inbound-store';
import type { WhatsAppSessions } from './sessions-port';

/** A message to the office number that is no tenant's. */
export type OfficeReply = Omit<WhatsAppInboundMessage, 'chatId'>;

/** Whom the office number wrote to, and where the replies belong. */
export interface OfficeReplies {
  /** Who wrote to that chat by the office number, the last one first. */
  writersOf(chatId: string): Promise<readonly string[]>;
  /** Writes down whose a message is, the first time that it comes; null: the operator's alone. */
  claim(message: WhatsAppInboundMessage, customerId: string | null): Promise<void>;
  /** What is that tenant's and not in its database yet, in its order. */
  listOpen(customerId: string): Promise<readonly WhatsAppInboundMessage[]>;
  /** Tenants of which there are such. */
  listOpenTenants(): Promise<readonly string[]>;
  /** The tenant's database has it. */
  close(messageId: string): Promise<void>;
  /** Those that are the operator's, the newest first. */
  list(limit: number): Promise<readonly OfficeReply[]>;
  /** The number was removed: nobody has been written to. */
  forget(): Promise<void>;
}

const openAtOnce = 100;

export function createOfficeReplies(system: Database): OfficeReplies {
  return {
    writersOf: (chatId) => listOfficeWriters(system, chatId),
    claim: (message, customerId) => claimOfficeInbound(system, message, customerId),
    listOpen: (customerId) => listOpenOfficeInbound(system, customerId, openAtOnce),
    listOpenTenants: () => listOpenOfficeTenants(system),
    close: (messageId) => closeOfficeInbound(system, messageId),
    list: (limit) => listOfficeInbound(system, limit),
    forget: () => forgetOfficeContacts(system),
  };
}

/**
 * The number that a tenant's messages leave by. The office's is only for who never linked one: who did and was logged
 * out since waits for its own. While that is not known, it is its own.
 */
export function numberOf(
  sessions: Pick<WhatsAppSessions, 'peek'>,
  tenant: { readonly customerId: string; readonly settings: Pick<TenantSettings, 'use_customer_whatsapp'> },
): NumberUsed {
  if (tenant.settings.use_customer_whatsapp) return 'own';
  if (sessions.peek(officeId)?.wasPaired !== true) return 'own';
  return sessions.peek(tenant.customerId)?.wasPaired === false ? 'office' : 'own';
}

/** How many tenants send by it. */
export const countOfficeSenders = (
  sessions: Pick<WhatsAppSessions, 'peek'>,
  tenants: readonly {
    readonly customerId: string;
    readonly settings: Pick<TenantSettings, 'use_customer_whatsapp' | 'whatsapp_enabled'>;
  }[],
): number =>
  tenants.filter((tenant) => tenant.settings.whatsapp_enabled && numberOf(sessions, tenant) === 'office')
    .length;

const longestName = 80;

/**
 * Who writes, as recipients of the office number's messages read it: the name that the operator gave. Nothing that a
 * tenant can set is taken for it, as it could call itself another company.
 */
export function nameAtOffice({
  customerId,
  name,
}: {
  readonly customerId: string;
  readonly name: string;
}): string {
  const line = name.trim();
  return line === '' ? customerId : Array.from(line).slice(0, longestName).join('');
}

/** Whoever gets it sees first who writes. */
export const signText = (text: string, name: string): string =>
  text.trim() === '' ? text : `${name}:\n${text}`;

/** The session of that number, as `WhatsAppSessions` knows it. */
export function sessionOf(customerId: string, number: NumberUsed): string {
  return number === 'office' ? officeId : customerId;
}
