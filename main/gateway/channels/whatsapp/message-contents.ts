import { createHash } from 'node:crypto';
import { normalizeBody } from '../../whatsapp/message-body';
import { signText } from '../../whatsapp/office-number';
import type { OutgoingContent } from '../../whatsapp/whatsapp-transport';
import type { LoadedAttachment } from '../attachments/attachment-loader';
import { ChannelError, type OutgoingMessage } from '../channel';

/** WhatsApp's own limits: for a document, a picture, a text and a caption. */
export const maxDocumentBytes = 64 * 1024 * 1024;
const maxPictureBytes = 16 * 1024 * 1024;
const maxTextLength = 65_536;
const maxCaptionLength = 1_024;

const pictureTypes = new Set(['image/jpeg', 'image/png']);
/** For files that come without a type; WhatsApp shows an icon and opens the file by it. */
const typesByExtension: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  csv: 'text/csv',
  txt: 'text/plain',
  xml: 'application/xml',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

function typeOf(file: LoadedAttachment): string {
  const extension = file.filename.slice(file.filename.lastIndexOf('.') + 1).toLowerCase();
  return file.contentType ?? typesByExtension[extension] ?? 'application/octet-stream';
}

function toContent(file: LoadedAttachment, caption: string): OutgoingContent {
  const mimeType = typeOf(file);
  const isPicture = pictureTypes.has(mimeType) && file.bytes <= maxPictureBytes;
  return {
    kind: isPicture ? 'picture' : 'document',
    base64: file.base64(),
    mimeType,
    filename: file.filename,
    caption,
  };
}

/**
 * What leaves for one delivery, in order. An event's text goes first and its documents follow; a document
 * sent by hand carries its text as the caption, where that is short enough for one.
 * @param sender who writes, where the number does not say so: each part names it
 * @throws ChannelError permanent: `message_empty`, `text_too_long`
 */
export function listContents(
  message: OutgoingMessage,
  files: readonly LoadedAttachment[],
  sender?: string,
): readonly OutgoingContent[] {
  const plain = message.whatsapp?.text ?? '';
  const text = sender === undefined ? plain : signText(plain, sender);
  if (text.length > maxTextLength) {
    throw new ChannelError(
      'permanent',
      'text_too_long',
      `The text has ${text.length} characters; WhatsApp takes ${maxTextLength}.`,
    );
  }
  const isCaption = message.eventId === null && files.length > 0 && text.length <= maxCaptionLength;
  const isBlank = sender !== undefined && text.trim() === '';
  const contents: OutgoingContent[] = [];
  if (!isCaption && text.trim() !== '') contents.push({ kind: 'text', text });
  for (const [index, file] of files.entries()) {
    contents.push(toContent(file, isCaption && index === 0 && !isBlank ? text : (sender ?? '')));
  }
  if (contents.length === 0) {
    throw new ChannelError('permanent', 'message_empty', 'The message has neither a text nor a document.');
  }
  return contents;
}

/** The hash by which a text is found again in a chat; line ends and outer blanks do not count. */
export function hashBody(body: string): string {
  return createHash('sha256').update(normalizeBody(body)).digest('hex');
}
