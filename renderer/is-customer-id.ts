/** As the gateway checks it again: letters, digits, dots, dashes and underscores, not punctuation alone. */
export function isCustomerId(text: string): boolean {
  return /^(?=.*[A-Za-z0-9])[A-Za-z0-9_.-]{1,50}$/.test(text.trim());
}
