/**
 * Is this exactly one plain mailbox, `local@domain`, and nothing else? No display name, no list, no quoting,
 * no control characters: whatever could become a second recipient or a header of its own is refused, and so
 * is what cannot be delivered to. Internationalised addresses pass. Longest: RFC 5321, 4.5.3.1 (64, 254).
 */
export function isEmailAddress(text: string): boolean {
  if (text.length > 254) return false;
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64) return false;
  return /^[^\s\u0000-\u0020\u007f-\u009f<>()[\],;:"\\@]+@[^\s\u0000-\u0020\u007f-\u009f<>()[\],;:"\\@]+$/u.test(
    text,
  );
}
