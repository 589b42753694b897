import { describe, expect, test } from 'vitest';
import type { LoadedAttachment } from '../../../main/gateway/channels/attachments/attachment-loader';
import { hashBody, listContents } from '../../../main/gateway/channels/whatsapp/message-contents';
import { bodyOf } from '../../../main/gateway/whatsapp/message-body';
import { makeMessage } from '../make-message';

function file(filename: string, contentType?: string, bytes = 5): LoadedAttachment {
  return { filename, contentType, bytes, content: () => Buffer.from('%PDF-'), base64: () => 'JVBERi0=' };
}
const text = (value: string, eventId: number | null = 7) =>
  makeMessage({ eventId, whatsapp: { text: value } });

describe('what leaves', () => {
  test('of an event: its text first, then its documents without a caption', () => {
    expect(listContents(text('Dear client'), [file('a.pdf'), file('b.pdf')])).toMatchObject([
      { kind: 'text', text: 'Dear client' },
      { kind: 'document', filename: 'a.pdf', caption: '' },
      { kind: 'document', filename: 'b.pdf', caption: '' },
    ]);
  });

  test('of a document sent by hand: its text as the caption of the first', () => {
    expect(listContents(text('Your invoice', null), [file('a.pdf'), file('b.pdf')])).toMatchObject([
      { kind: 'document', filename: 'a.pdf', caption: 'Your invoice' },
      { kind: 'document', filename: 'b.pdf', caption: '' },
    ]);
  });

  test('of a text too long for a caption: by itself, before the document', () => {
    const long = 'x'.repeat(1_025);
    expect(listContents(text(long, null), [file('a.pdf')])).toMatchObject([
      { kind: 'text', text: long },
      { kind: 'document', caption: '' },
    ]);
    expect(listContents(text('x'.repeat(1_024), null), [file('a.pdf')])).toHaveLength(1);
  });

  test('of a text that is blank: the documents alone', () => {
    expect(listContents(text(' \n'), [file('a.pdf')])).toMatchObject([{ kind: 'document' }]);
  });

  test('of a text sent by hand without a document: the text', () => {
    expect(listContents(text('Hi', null), [])).toEqual([{ kind: 'text', text: 'Hi' }]);
  });

  test.each([
    ['neither a text nor a document', text(''), 'message_empty'],
    ['blanks only', text('  '), 'message_empty'],
    ['a text longer than WhatsApp takes', text('x'.repeat(65_537)), 'text_too_long'],
  ])('never of %s', (_what, message, code) => {
    expect(() => listContents(message, [])).toThrow(
      expect.objectContaining({ kind: 'permanent', code }) as Error,
    );
  });
});

describe('a file', () => {
  test.each([
    ['photo.jpg', undefined, 5, 'picture', 'image/jpeg'],
    ['photo.JPEG', undefined, 5, 'picture', 'image/jpeg'],
    ['chart.png', 'image/png', 5, 'picture', 'image/png'],
    ['large.png', 'image/png', 16 * 1024 * 1024 + 1, 'document', 'image/png'],
    ['just.png', 'image/png', 16 * 1024 * 1024, 'picture', 'image/png'],
    ['moving.gif', undefined, 5, 'document', 'image/gif'],
    ['invoice.pdf', undefined, 5, 'document', 'application/pdf'],
    ['photo.jpg', 'application/octet-stream', 5, 'document', 'application/octet-stream'],
    ['unknown.xyz', undefined, 5, 'document', 'application/octet-stream'],
    ['README', undefined, 5, 'document', 'application/octet-stream'],
  ])('%s (%s, %i bytes) is sent as %s, %s', (filename, contentType, bytes, kind, mimeType) => {
    const [content] = listContents(text(''), [file(filename, contentType, bytes)]);
    expect(content).toMatchObject({ kind, mimeType, filename });
  });
});

describe('a text is found again', () => {
  test.each([
    ['a\nb', 'a\r\nb'],
    ['a\nb', 'a\rb'],
    ['text', '  text\n'],
  ])('though its line ends and outer blanks differ: %j, %j', (one, other) => {
    expect(hashBody(one)).toBe(hashBody(other));
  });

  test.each([
    ['text', 'Text'],
    ['a b', 'a  b'],
    ['', 'x'],
  ])('not by another one: %j, %j', (one, other) => {
    expect(hashBody(one)).not.toBe(hashBody(other));
  });

  test('by its caption, where it is a document’s', () => {
    const [document] = listContents(text('Your invoice', null), [file('a.pdf')]);
    expect(bodyOf(document!)).toBe('Your invoice');
    expect(bodyOf({ kind: 'text', text: 'Hi' })).toBe('Hi');
  });
});
