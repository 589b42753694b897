import type { MessageMedia } from 'whatsapp-web.js';
import type { WhatsAppLibrary } from './whatsapp-library';
import type { OutgoingContent } from './whatsapp-transport';

/** The chat's own phone decides what is read; a preview would fetch the link from this machine. */
const commonOptions = { linkPreview: false, sendSeen: false, parseVCards: false, waitUntilMsgSent: true };

/** What the library's `sendMessage` takes. */
export function toLibraryMessage(
  library: Pick<WhatsAppLibrary, 'MessageMedia'>,
  content: OutgoingContent,
): { readonly body: string | MessageMedia; readonly sendOptions: object } {
  if (content.kind === 'text') return { body: content.text, sendOptions: commonOptions };
  return {
    body: new library.MessageMedia(content.mimeType, content.base64, content.filename),
    sendOptions: {
      ...commonOptions,
      ...(content.caption === '' ? {} : { caption: content.caption }),
      sendMediaAsDocument: content.kind === 'document',
    },
  };
}
