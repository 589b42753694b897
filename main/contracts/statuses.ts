import { z } from 'zod';

export const channelNames = ['email', 'whatsapp', 'webhook'] as const;
export const channelNameSchema = z.enum(channelNames);
export type ChannelName = z.infer<typeof channelNameSchema>;

/**
 * pending → sending → sent → delivered → read; `failed` is given up but can be replayed;
 * `unknown` was handed to WhatsApp before the gateway died and waits for a person;
 * `held` waits for WhatsApp to be connected and costs no attempt.
 */
export const deliveryStatuses = [
  'pending',
  'sending',
  'sent',
  'delivered',
  'read',
  'failed',
  'unknown',
  'held',
] as const;
export const deliveryStatusSchema = z.enum(deliveryStatuses);
export type DeliveryStatus = z.infer<typeof deliveryStatusSchema>;

const eventStatuses = ['pending', 'processing', 'completed', 'failed'] as const;
export const eventStatusSchema = z.enum(eventStatuses);
export type EventStatus = z.infer<typeof eventStatusSchema>;

/**
 * The seven states of a WhatsApp session, as stored in `settings.whatsapp_sessions` and told to programs.
 * `not_initialized`: nobody has paired a phone yet, also while the first start is under way.
 */
const whatsAppStatuses = [
  'not_initialized',
  'qr_ready',
  'authenticated',
  'ready',
  'auth_failed',
  'disconnected',
  'logged_out',
] as const;
export const whatsAppStatusSchema = z.enum(whatsAppStatuses);
export type WhatsAppStatus = z.infer<typeof whatsAppStatusSchema>;

/** What the console tells apart: also a session that is on its way up. */
export const sessionStatusSchema = z.enum([...whatsAppStatuses, 'initializing']);
export type SessionStatus = z.infer<typeof sessionStatusSchema>;
