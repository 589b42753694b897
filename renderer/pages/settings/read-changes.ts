interface SettingChange {
  readonly name: string;
  /** null: the default */
  readonly before: unknown;
  readonly after: unknown;
}

/** The changes of settings that a row of the audit log holds; entries of older versions hold none. */
export function readChanges(detail: Readonly<Record<string, unknown>>): SettingChange[] {
  const { changes } = detail;
  if (!Array.isArray(changes)) return [];
  return changes.flatMap((change: unknown) => {
    const { name, before = null, after = null } = (change ?? {}) as Partial<SettingChange>;
    return typeof name === 'string' ? [{ name, before, after }] : [];
  });
}
