import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'puppeteer-core';
import type { Client, ClientOptions, LocalAuth, MessageMedia } from 'whatsapp-web.js';
import { isPageGone } from './is-page-gone';

/** What the library's own type declarations leave out, and this module leans on. */
interface OpenClient extends Client {
  inject(): Promise<void>;
  initWebVersionCache(): Promise<void>;
}
type OpenClientClass = new (options: ClientOptions) => OpenClient;
interface OpenAuth extends LocalAuth {
  afterBrowserInitialized: () => Promise<void>;
  logout: () => Promise<void>;
}
type OpenAuthClass = new (options: ConstructorParameters<typeof LocalAuth>[0]) => OpenAuth;

/** The browser and its page are there; WhatsApp has not been opened yet. */
type OnBrowser = (browser: Browser, page: Page) => Promise<void>;

interface GuardedClientOptions {
  readonly client: Omit<ClientOptions, 'authStrategy'>;
  readonly dataPath: string;
  readonly clientId: string | undefined;
  readonly onBrowser: OnBrowser;
  /** Something failed in one of the library's own event handlers, where nobody would catch it. */
  readonly onStrayError: (stage: string, thrown: unknown) => void;
}

export interface WhatsAppLibrary {
  createClient(options: GuardedClientOptions): Client;
  MessageMedia: typeof MessageMedia;
}

/** For a browser to write its profile and end; one that takes longer is left to puppeteer, which kills it. */
const orderlyEndMs = 5_000;
/** Between a page that fails under the library and the news that it has navigated. */
const nextPageMs = 1_000;
/** Pages in a row that go on to another one before the library is in them. */
const mostEarlyReloads = 5;

/**
 * Asks the browser to end by itself and waits until it has. Puppeteer's own close() takes it for a failure
 * that Electron hangs up before it answers, and kills it in the middle of writing its profile.
 */
async function endOrderly(browser: Browser): Promise<void> {
  const running = browser.process();
  if (!running || running.exitCode !== null || running.signalCode !== null) return;
  const waiting = new AbortController();
  const ended = once(running, 'exit', { signal: waiting.signal });
  const late = delay(orderlyEndMs, undefined, { signal: waiting.signal, ref: false });
  const asked = browser
    .target()
    .createCDPSession()
    .then((session) => session.send('Browser.close'));
  // Rejected when the browser hangs up, or was gone already; whether it ends is what counts.
  asked.catch(() => undefined);
  await Promise.race([ended, late]).finally(() => {
    waiting.abort();
    for (const wait of [ended, late]) wait.catch(() => undefined);
  });
}

let loading: Promise<WhatsAppLibrary> | undefined;

/** Loads whatsapp-web.js and puppeteer at first use: a gateway without sessions does not carry them. */
export function loadWhatsAppLibrary(): Promise<WhatsAppLibrary> {
  loading ??= load();
  return loading;
}

async function load(): Promise<WhatsAppLibrary> {
  const library = (await import('whatsapp-web.js')).default;
  const BaseClient = library.Client as unknown as OpenClientClass;
  const BaseAuth = library.LocalAuth as unknown as OpenAuthClass;

  /**
   * The library calls some of its methods from event handlers without catching what they throw
   * (1.34.7: `inject` in framenavigated, `destroy` in the state handler): an unhandled rejection would
   * end the gateway. Here they report instead.
   */
  class GuardedClient extends BaseClient {
    #isInjected = false;
    #injections = 0;

    constructor(
      options: ClientOptions,
      private readonly onStrayError: GuardedClientOptions['onStrayError'],
    ) {
      super(options);
    }

    override async inject(): Promise<void> {
      this.#injections += 1;
      const own = this.#injections;
      if (!this.#isInjected) return this.#injectFirst();
      try {
        await super.inject();
      } catch (thrown) {
        // A page that went on to another one takes this injection with it, and has the next one started.
        await delay(nextPageMs, undefined, { ref: false });
        if (own === this.#injections) this.onStrayError('page reload', thrown);
      }
    }

    /** The library hears of navigations only after it: a page that goes on meanwhile takes the injection along. */
    async #injectFirst(): Promise<void> {
      for (let reloads = 0; ; reloads += 1) {
        try {
          await super.inject();
          break;
        } catch (thrown) {
          const isOver = reloads === mostEarlyReloads || !this.pupBrowser?.connected;
          if (isOver || !isPageGone(thrown)) throw thrown;
          await delay(nextPageMs, undefined, { ref: false });
        }
      }
      this.#isInjected = true;
    }

    override async destroy(): Promise<void> {
      try {
        if (this.pupBrowser?.connected) await endOrderly(this.pupBrowser);
        await super.destroy();
      } catch (thrown) {
        this.onStrayError('close', thrown);
      }
    }

    /** Only keeps WhatsApp's page for a cache that is off, and rejects unhandled when the page is gone. */
    override initWebVersionCache(): Promise<void> {
      return Promise.resolve();
    }
  }

  function createAuth(client: () => Client, options: GuardedClientOptions): LocalAuth {
    const auth = new BaseAuth({ dataPath: options.dataPath, clientId: options.clientId });
    auth.afterBrowserInitialized = async () => {
      const { pupBrowser, pupPage } = client();
      if (pupBrowser && pupPage) await options.onBrowser(pupBrowser, pupPage);
    };
    // LocalAuth would delete the profile under the running browser; the session does it after the close.
    auth.logout = () => Promise.resolve();
    return auth;
  }

  return {
    MessageMedia: library.MessageMedia,
    createClient(options) {
      // The strategy is asked for its client only once a browser runs.
      const client: Client = new GuardedClient(
        { ...options.client, authStrategy: createAuth(() => client, options) },
        options.onStrayError,
      );
      return client;
    },
  };
}
