import type { z } from 'zod';
import { eventTypeSchema, type EventType } from '../../../contracts/event-types';

/** An event type of the catalogue, checked as it is loaded: a mistake in one stops the tests, not a message. */
export function defineEventType(definition: z.input<typeof eventTypeSchema>): EventType {
  return eventTypeSchema.parse(definition);
}
