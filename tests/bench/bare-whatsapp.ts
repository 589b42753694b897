import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import library, { type Client, type Message } from 'whatsapp-web.js';
import { createInstalledBrowsers } from '../../main/gateway/whatsapp/installed-browsers';
import { serveCalls } from './calls';

/** What anybody would write with whatsapp-web.js: one client, one loop, every message awaited. */
let client: Client | undefined;

/** The gateway's own options; the library's others do more for each message. */
const sendOptions = { linkPreview: false, sendSeen: false, waitUntilMsgSent: true };

function readyClient(): Client {
  if (!client) throw new Error('pair first');
  return client;
}

const handlers = {
  /** Starts the browser. @returns the text of the code to be scanned */
  async start({ folder, browserArgs }: { folder: string; browserArgs: string[] }): Promise<string> {
    const made = new library.Client({
      authStrategy: new library.LocalAuth({ dataPath: join(folder, 'bare-whatsapp') }),
      webVersionCache: { type: 'none' },
      puppeteer: {
        executablePath: createInstalledBrowsers().find()?.executablePath,
        headless: true,
        pipe: true,
        args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', ...browserArgs],
      },
    });
    client = made;
    const code = new Promise<string>((resolve) => made.once('qr', resolve));
    await made.initialize();
    return code;
  },
  untilReady: () =>
    new Promise<void>((resolve) => {
      readyClient().once('ready', resolve);
    }),
  async sendTexts({ chats, text, count }: { chats: string[]; text: string; count: number }) {
    for (let index = 0; index < count; index += 1) {
      await readyClient().sendMessage(chats[index % chats.length] ?? '', text, sendOptions);
    }
  },
  /** @returns documents a second */
  async sendDocuments({ chat, bytes, count }: { chat: string; bytes: number; count: number }) {
    const base64 = randomBytes(bytes).toString('base64');
    const media = new library.MessageMedia('application/pdf', base64, 'document.pdf');
    const startedAt = performance.now();
    for (let index = 0; index < count; index += 1) {
      const sent = (await readyClient().sendMessage(chat, media, {
        ...sendOptions,
        sendMediaAsDocument: true,
      })) as Message | undefined;
      if (!sent) throw new Error('a document did not arrive');
    }
    return (count / (performance.now() - startedAt)) * 1000;
  },
  async close() {
    await client?.destroy();
  },
};

export type BareWhatsAppCalls = typeof handlers;

serveCalls(handlers);
