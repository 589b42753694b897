import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, LaunchOptions, Page } from 'puppeteer-core';
import type { Client, Message } from 'whatsapp-web.js';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import { browserEnvironment } from './browser-environment';
import type { BrowserLaunch } from './installed-browsers';
import { isPageGone } from './is-page-gone';
import { createMessageSender } from './message-sender';
import { endProcessTree } from './process-tree';
import type { ProfileFolder } from './profile-folder';
import { toChatMessage } from './to-chat-message';
import { toLibraryMessage } from './to-library-message';
import { loadWhatsAppLibrary } from './whatsapp-library';
import {
  type ChatMessage,
  TransportLostError,
  TransportTimeoutError,
  type WhatsAppTransport,
} from './whatsapp-transport';

/** How long WhatsApp and its browser may take, in ms. */
export interface ConnectionTimeouts {
  /** until the browser is up */
  readonly launchTimeoutMs: number;
  /** for any one answer of the browser, and so the most that an upload may take */
  readonly protocolTimeoutMs: number;
  /** for what WhatsApp's page answers out of its memory or by one question to the server */
  readonly answerTimeoutMs: number;
  /** for one text */
  readonly sendTimeoutMs: number;
  /** until a browser that was asked to close is killed */
  readonly closeTimeoutMs: number;
}

/** What happens to a connection, in the order it happens; nothing after `close`. */
export interface ConnectionHandlers {
  qr(text: string): void;
  pairingCode(code: string): void;
  authenticated(): void;
  authFailed(message: string): void;
  /** `phone`: the account's own number, digits */
  ready(phone: string | undefined): void;
  /** WhatsApp loads its chats; more time is fine */
  loading(percent: number): void;
  /** the library says so: LOGOUT, UNPAIRED, CONFLICT, … */
  disconnected(reason: string): void;
  stateChanged(state: string): void;
  /** WhatsApp reloads its page, as after an update; `ready` follows when it is of use again */
  reloading(): void;
  /** browser, page or library broke down: this connection is of no use any more */
  lost(reason: string): void;
  /** the account has written a message, by this gateway or on the phone */
  wrote(): void;
  /** how far a message has come that `send` does not wait for any more, or never did */
  receipt(messageId: string, ack: number): void;
  received(message: ChatMessage): void;
}

export interface WhatsAppConnection extends WhatsAppTransport {
  /** Resolves when the library has injected itself, not when the session is ready. @throws why not */
  start(): Promise<void>;
  /** the browser's process, once it runs */
  readonly pid: number | undefined;
  /** was ready, and has reloaded its page since: nothing can be asked of it until it is ready again */
  readonly isReloading: boolean;
  /** Answers while the page is loading, too. @throws TransportTimeoutError, TransportLostError */
  getState(timeoutMs: number): Promise<string | null>;
  requestPairingCode(digits: string): Promise<string>;
  /** Tells WhatsApp that this device is gone. @throws when the page did not take it */
  logout(timeoutMs: number): Promise<void>;
  /** Ends the browser, by force where it must. @returns whether it closed by itself, its profile whole */
  close(): Promise<{ readonly isClean: boolean }>;
}

export interface ConnectionOptions {
  readonly launch: BrowserLaunch;
  readonly folder: ProfileFolder;
  /** extra Chromium arguments of the operator */
  readonly browserArgs: readonly string[];
  readonly timeouts: ConnectionTimeouts;
  readonly handlers: ConnectionHandlers;
  readonly logger: Logger;
}

/** Arguments of ours for every browser; puppeteer brings its own list besides. */
function listArguments(launch: BrowserLaunch, browserArgs: readonly string[]): string[] {
  const args = [
    '--no-first-run',
    '--no-default-browser-check',
    '--hide-crash-restore-bubble',
    '--disable-gpu',
    // Containers give /dev/shm 64 MB; Chromium crashes when it is full.
    '--disable-dev-shm-usage',
  ];
  // Chromium refuses its sandbox to root, and root is who runs in most containers.
  if (process.platform === 'linux' && process.getuid?.() === 0) args.push('--no-sandbox');
  return [...launch.args, ...args, ...browserArgs];
}

function toLaunchOptions({ launch, browserArgs, timeouts }: ConnectionOptions): LaunchOptions {
  return {
    executablePath: launch.executablePath,
    headless: launch.headless,
    args: listArguments(launch, browserArgs),
    env: browserEnvironment(launch.env ?? process.env),
    // Over a pipe the browser ends with the gateway, however that ends.
    pipe: true,
    defaultViewport: null,
    timeout: timeouts.launchTimeoutMs,
    protocolTimeout: timeouts.protocolTimeoutMs,
    // The gateway's own stop closes browsers, and takes snapshots while it does.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  };
}

/** The pipe closes before the process ends, and until that has ended the profile is not whole. */
async function waitForExit(running: ChildProcess | null): Promise<true> {
  if (running && running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  return true;
}

/** One run of a browser with WhatsApp Web in it. Never started twice; a new one is made instead. */
export async function createWhatsAppConnection(options: ConnectionOptions): Promise<WhatsAppConnection> {
  const { handlers, logger, timeouts, folder } = options;
  const library = await loadWhatsAppLibrary();
  let browser: Browser | undefined;
  let page = new AbortController();
  let hasBeenReady = false;
  let isReloading = false;
  let starting: Promise<void> = Promise.resolve();
  let closing: Promise<{ isClean: boolean }> | undefined;
  const shutdown = new AbortController();
  shutdown.signal.addEventListener('abort', () => page.abort(), { once: true });

  const client: Client = library.createClient({
    client: {
      puppeteer: toLaunchOptions(options),
      // Set in onBrowser: only the running browser knows its version.
      userAgent: options.launch.userAgent ?? (false as unknown as string),
      webVersionCache: { type: 'none' },
      qrMaxRetries: 0,
      authTimeoutMs: timeouts.launchTimeoutMs,
    },
    dataPath: folder.dataPath,
    clientId: folder.clientId,
    onBrowser: watchBrowser,
    onStrayError(stage, thrown) {
      logger.debug('whatsapp.library_failed', 'background error in the WhatsApp library', {
        stage,
        error: errorText(thrown),
      });
      if (stage !== 'close') lose(`WhatsApp's page broke down: ${errorText(thrown)}`);
    },
  });

  function lose(reason: string): void {
    if (shutdown.signal.aborted) return;
    shutdown.abort();
    handlers.lost(reason);
  }

  function noteNavigation(): void {
    page.abort();
    page = new AbortController();
    if (!hasBeenReady || isReloading) return;
    isReloading = true;
    if (!closing) handlers.reloading();
  }

  async function watchBrowser(running: Browser, page: Page): Promise<void> {
    if (browser === running) return;
    browser = running;
    // Puppeteer takes its own listeners off when the pipe closes; what the kernel says after that about a
    // killed browser (ECONNRESET, EPIPE) would be an uncaught error and end the gateway.
    for (const stream of running.process()?.stdio ?? []) stream?.on('error', () => undefined);
    running.once('disconnected', () => lose('The browser ended.'));
    // Puppeteer's own event does not tell another document from another address within the same one.
    const session = await page.createCDPSession();
    session.on('Page.frameNavigated', ({ frame }) => {
      if (frame.parentId === undefined) noteNavigation();
    });
    await session.send('Page.enable');
    page.once('error', () => lose("WhatsApp's page crashed."));
    page.once('close', () => lose("WhatsApp's page was closed."));
    if (!options.launch.userAgent && options.launch.headless) {
      const userAgent = await running.userAgent();
      await page.setUserAgent({ userAgent: userAgent.replace('HeadlessChrome', 'Chrome') });
    }
  }

  /** Events of a connection that is being closed matter to nobody any more. */
  function on(event: string, listener: (...values: never[]) => void): void {
    client.on(event, (...values: unknown[]) => {
      if (!closing) listener(...(values as never[]));
    });
  }
  on('qr', (text: string) => handlers.qr(text));
  on('code', (code: string) => handlers.pairingCode(code));
  on('authenticated', () => handlers.authenticated());
  on('auth_failure', (message: unknown) => handlers.authFailed(errorText(message)));
  on('ready', () => {
    hasBeenReady = true;
    isReloading = false;
    const wid = client.info.wid as { user?: string } | undefined;
    handlers.ready(wid?.user);
  });
  on('loading_screen', (percent: number | string) => handlers.loading(Number(percent)));
  on('change_state', (state: string) => handlers.stateChanged(state));
  on('disconnected', (reason: string) => handlers.disconnected(reason));
  on('message_create', (message: Message) => {
    if (!message.fromMe) return;
    sender.noteCreated(toChatMessage(message));
    handlers.wrote();
  });
  on('message_ack', (message: Message, ack: number) => {
    if (!message.fromMe) return;
    const { messageId } = toChatMessage(message);
    if (!sender.noteAck(messageId, ack)) handlers.receipt(messageId, ack);
  });
  on('message', (message: Message) => {
    if (!message.isStatus) handlers.received(toChatMessage(message));
  });

  /** Every call to the page ends: with its answer, with the page, with the connection, or by its time-out. */
  async function ask<T>(what: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
    if (shutdown.signal.aborted || closing)
      throw new TransportLostError(`WhatsApp was gone before ${what}.`, false);
    const asked = page.signal;
    let onLost: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    const cut = new Promise<never>((_resolve, reject) => {
      onLost = () => reject(new TransportLostError(`WhatsApp went away during ${what}.`, true));
      shutdown.signal.addEventListener('abort', onLost, { once: true });
      const late = `WhatsApp did not answer ${what} within ${timeoutMs} ms.`;
      timer = setTimeout(() => reject(new TransportTimeoutError(late)), timeoutMs).unref();
    });
    try {
      return await Promise.race([work(), cut]);
    } catch (thrown) {
      if (thrown instanceof TransportLostError || (!asked.aborted && !isPageGone(thrown))) throw thrown;
      throw new TransportLostError(`WhatsApp loaded its page anew during ${what}.`, true);
    } finally {
      clearTimeout(timer);
      shutdown.signal.removeEventListener('abort', onLost);
    }
  }

  /** What a sender asks for: a page that is loading would answer that it does not know how to. */
  async function askReady<T>(what: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
    if (isReloading)
      throw new TransportLostError(`WhatsApp loads its page anew: too early for ${what}.`, false);
    return ask(what, timeoutMs, work);
  }

  const sender = createMessageSender({
    pageGone: () => page.signal,
    submit: (chatId, content) =>
      askReady(
        'a message',
        content.kind === 'text' ? timeouts.sendTimeoutMs : timeouts.protocolTimeoutMs,
        async () => {
          const { body, sendOptions } = toLibraryMessage(library, content);
          // Declared as always there; the library answers undefined where the page lost sight of it.
          const message = (await client.sendMessage(chatId, body, sendOptions)) as Message | undefined;
          return message && toChatMessage(message);
        },
      ),
  });

  async function endBrowser(): Promise<boolean> {
    // A browser that is still being launched cannot be closed: destroy() would do nothing and leak it.
    const deadline = Date.now() + timeouts.launchTimeoutMs;
    const state = { isStartOver: false };
    void starting.catch(() => undefined).then(() => (state.isStartOver = true));
    while (!browser && !state.isStartOver && Date.now() < deadline) await delay(10);
    if (!browser) return false;
    const running = browser.process();
    const isClean = await Promise.race([
      client.destroy().then(() => waitForExit(running)),
      delay(timeouts.closeTimeoutMs, false, { ref: false }),
    ]);
    if (!isClean && running?.pid !== undefined) await endProcessTree(running.pid);
    return isClean && running?.exitCode === 0;
  }

  return {
    get pageGone() {
      return page.signal;
    },
    get isReloading() {
      return isReloading;
    },
    get pid() {
      return browser?.process()?.pid;
    },
    start() {
      starting = client.initialize();
      // Whoever awaits it gets the rejection; a close in between must not leave it unhandled.
      starting.catch(() => undefined);
      return starting;
    },
    getState: (timeoutMs) => ask('its state', timeoutMs, () => client.getState()),
    requestPairingCode: (digits) =>
      ask('the request for a pairing code', timeouts.answerTimeoutMs, () =>
        client.requestPairingCode(digits),
      ),
    logout: (timeoutMs) => ask('the logout', timeoutMs, () => client.logout()),
    close() {
      closing ??= endBrowser()
        .then((isClean) => ({ isClean }))
        .finally(() => shutdown.abort());
      return closing;
    },
    async findChat(digits) {
      const wid: unknown = await askReady('whether a number is on WhatsApp', timeouts.answerTimeoutMs, () =>
        client.getNumberId(digits),
      );
      if (wid === null || wid === undefined) return undefined;
      const serialized = (wid as { _serialized?: unknown })._serialized;
      return typeof serialized === 'string' ? serialized : `${digits}@c.us`;
    },
    send: (chatId, content, wait) => sender.send(chatId, content, wait),
    listMessages: (chatId, limit) =>
      askReady('the messages of a chat', timeouts.answerTimeoutMs, async () => {
        const chat = await client.getChatById(chatId);
        const messages = await chat.fetchMessages(limit === undefined ? {} : { limit });
        return messages.map(toChatMessage);
      }),
    findMessage: (messageId) =>
      askReady('a message of a chat', timeouts.answerTimeoutMs, async () => {
        // Declared as always there; null where the page does not know the id.
        const message = (await client.getMessageById(messageId)) as Message | null;
        return message ? toChatMessage(message) : undefined;
      }),
  };
}
