import { z } from 'zod';

/**
 * The session of the office number, under which tenants send that have never linked a number of their own. No tenant
 * can have this id: see `customerIdPattern`.
 */
export const officeId = '@office';

/** The number that a tenant's messages leave by. */
export const numberUsedSchema = z.enum(['own', 'office']);
export type NumberUsed = z.output<typeof numberUsedSchema>;
