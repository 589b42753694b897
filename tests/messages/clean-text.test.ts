import { describe, expect, it } from 'vitest';
import { cleanSubject, cleanText } from '../../main/gateway/messages/clean-text';

describe('cleanSubject', () => {
  it('is one line, whatever breaks lines', () => {
    expect(cleanSubject('a\r\nBcc: x@example.com\u2028b\u0085c\td\u0000e')).toBe(
      'a Bcc: x@example.com b c d e',
    );
    expect(cleanSubject('  a \n\n  b  ')).toBe('a b');
  });

  it('is cut at 250 characters, and not within a character', () => {
    expect(cleanSubject('x'.repeat(300))).toBe(`${'x'.repeat(249)}…`);
    expect(cleanSubject(`${'x'.repeat(248)}😀😀`)).toBe(`${'x'.repeat(248)}…`);
    expect(cleanSubject('x'.repeat(250))).toBe('x'.repeat(250));
  });
});

describe('cleanText', () => {
  it('closes the gaps that conditions leave', () => {
    expect(cleanText('\n\na  \n\n \n\nb\n\n\n\nc\n')).toBe('a\n\nb\n\nc');
  });

  it('knows all line ends and drops control characters', () => {
    expect(cleanText('a\r\nb\rc\u0000d\u0007\te')).toBe('a\nb\ncd\te');
  });

  it('does not choke on long runs of spaces', () => {
    // With a backtracking expression these take minutes.
    expect(cleanText(`x${' '.repeat(900_000)}y`)).toHaveLength(900_002);
    expect(cleanText(`x${' \n'.repeat(400_000)}y`)).toBe('x\n\ny');
  });
});
