/** What a person may do in the console; each may what those before it may. */
export const consoleRoles = ['reader', 'staff', 'operator'] as const;
export type ConsoleRole = (typeof consoleRoles)[number];

/** Is the role at least that one? No role at all reaches none. */
export function reachesRole(role: ConsoleRole | undefined, least: ConsoleRole): boolean {
  return role !== undefined && consoleRoles.indexOf(role) >= consoleRoles.indexOf(least);
}
