import { officeId, type NumberUsed } from '../../contracts/office-number';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { Database } from '../storage/database';
import { listOfficeWriters } from '../storage/office-contact-store';
import { claimOfficeInbound, listOfficeInbound } from '../storage/office-inbound-store';
import type { WhatsAppInboundMessage } from '../storage/whatsapp-inbound-store';
import type { WhatsAppSessions } from './sessions-port';

/** A message to the office number that is no tenant's. */
export type OfficeReply = Omit<WhatsAppInboundMessage, 'chatId'>;

/** Where replies to the office number belong. */
export interface OfficeReplies {
  /** Who wrote to that chat by the office number, the last one first. */
  writersOf(chatId: string): Promise<readonly string[]>;
  /**
   * Writes down whose a message is; null: the operator's alone, with its text. @returns whose it was from the first
   * time that it came
   */
  claim(
    message: WhatsAppInboundMessage,
    customerId: string | null,
  ): Promise<{ readonly customerId: string | null; readonly isNew: boolean }>;
  /** Those that are the operator's, the newest first. */
  list(limit: number): Promise<readonly OfficeReply[]>;
}

export function createOfficeReplies(system: Database): OfficeReplies {
  return {
    writersOf: (chatId) => listOfficeWriters(system, chatId),
    claim: (message, customerId) => claimOfficeInbound(system, message, customerId),
    list: (limit) => listOfficeInbound(system, limit),
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

/** Who writes, as recipients of the office number's messages read it. */
export function nameAtOffice(tenant: {
  readonly customerId: string;
  readonly name: string;
  readonly settings: Pick<TenantSettings, 'smtp_from_name'>;
}): string {
  const names = [tenant.name, tenant.settings.smtp_from_name ?? ''].map((text) => text.trim());
  return names.find((text) => text !== '') ?? tenant.customerId;
}

/** Whoever gets it sees first who writes. */
export const signText = (text: string, name: string): string => `${name}:\n${text}`;

/** The session of that number, as `WhatsAppSessions` knows it. */
export function sessionOf(customerId: string, number: NumberUsed): string {
  return number === 'office' ? officeId : customerId;
}
