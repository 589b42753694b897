import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { makeCertificate } from '../../../main/gateway/secrets/make-certificate';
import { MessageLine, type PageConnection } from './message-line';
import pageModels from './page-models.js?raw';
import page from './page.js?raw';
import { showsQrText } from './read-qr-picture';
import { SimulatedPhone, type SendRequest } from './simulated-phone';

export interface WhatsAppSimulatorOptions {
  /** how long a QR code is good, in ms; WhatsApp's own is about 20 s */
  readonly refIntervalMs?: number;
}

export interface WhatsAppSimulator {
  readonly port: number;
  /** Chromium arguments that lead web.whatsapp.com here and everything else nowhere */
  readonly browserArgs: readonly string[];
  /** modules the library asked for that the page does not know: an update of the library shows here */
  readonly unknownModules: ReadonlySet<string>;
  createPhone(number: string, isRegistered?: (number: string) => boolean): SimulatedPhone;
  /** The phone's camera sees the text of a QR code. Resolves once the page has kept its login. */
  scan(phone: SimulatedPhone, qrText: string): Promise<void>;
  /** The phone's camera sees a picture: a PNG data URL as `GET /whatsapp/qr` answers. */
  scanPicture(phone: SimulatedPhone, dataUrl: string): Promise<void>;
  /** The person types the eight letters into the phone. */
  enterPairingCode(phone: SimulatedPhone, code: string): Promise<void>;
  /** Sends a socket state to every page that shows a code. */
  setUnpairedState(state: string): void;
  /** While on, the server takes connections and never answers the page itself. */
  hangPages(isHanging: boolean): void;
  /** The next `times` pages load themselves again as soon as the library begins to put itself into them. */
  reloadEarly(times: number): void;
  /** `loads`: pages served so far */
  readonly counts: { readonly loads: number; readonly unpaired: number };
  /** uploaded documents by path: size and SHA-256 (hex) */
  readonly uploads: ReadonlyMap<string, { size: number; sha256: string }>;
  stop(): Promise<void>;
}

interface Page extends PageConnection {
  response: ServerResponse | undefined;
  phone: SimulatedPhone | undefined;
  ref: string | undefined;
  /** WhatsApp takes the code before the shown one for a little while longer */
  previousRef: string | undefined;
  pairingCode: { code: string; phone: string } | undefined;
  /** ends the pairing that is under way: undefined when the login is kept, otherwise why not */
  onPairingOver: ((thrown?: Error) => void) | undefined;
}

const pageSource = [pageModels, page].map((script) => `<script>${script}</script>`).join('\n');
/** The library's own name for what it puts in first. */
const reloadsEarly = `<script>{
  let store;
  Object.defineProperty(window, 'AuthStore', {
    get: () => store,
    set(value) { store = value; location.reload(); },
  });
}</script>`;
const html = `<!doctype html><html><head><meta charset="utf-8"><title>WhatsApp</title></head><body>${pageSource}</body></html>`;

/** A local stand-in for web.whatsapp.com with phones to go with it; listens on 127.0.0.1, any port. */
export async function createWhatsAppSimulator(
  options: WhatsAppSimulatorOptions = {},
): Promise<WhatsAppSimulator> {
  const pages = new Map<string, Page>();
  const phones: SimulatedPhone[] = [];
  const unknownModules = new Set<string>();
  const uploads = new Map<string, { size: number; sha256: string }>();
  const hanging: ServerResponse[] = [];
  let isHanging = false;
  let loads = 0;
  let earlyReloads = 0;

  function createPage(id: string): Page {
    const page: Page = {
      id,
      response: undefined,
      phone: undefined,
      ref: undefined,
      previousRef: undefined,
      pairingCode: undefined,
      onPairingOver: undefined,
      isOpen: () => page.response !== undefined,
      push: (event) => page.response?.write(`data: ${JSON.stringify(event)}\n\n`),
    };
    pages.set(id, page);
    return page;
  }
  const newRef = () => `2@${randomBytes(60).toString('base64')}`;
  /** the socket's states for pages that show a code */
  const states = new Map<Page, MessageLine>();
  const unpairedPages = () => [...pages.values()].filter((page) => page.ref !== undefined && page.isOpen());

  const refsOf = ({ ref, previousRef }: Page) => [ref, previousRef].filter((value) => value !== undefined);

  /** Each page's codes live as long as any other's, whenever it came. */
  function renewRefs(page: Page): void {
    page.ref = newRef();
    const timer = setInterval(() => {
      if (page.ref === undefined || !page.isOpen()) {
        clearInterval(timer);
        return;
      }
      page.previousRef = page.ref;
      page.ref = newRef();
      page.push({ event: { type: 'ref', ref: page.ref } });
    }, options.refIntervalMs ?? 20_000).unref();
  }

  async function pair(phone: SimulatedPhone, page: Page): Promise<void> {
    const kept = new Promise<void>((resolve, reject) => {
      page.onPairingOver = (thrown) => (thrown ? reject(thrown) : resolve());
    });
    phone.link();
    page.phone = phone;
    page.ref = undefined;
    page.push({ event: { type: 'paired', ...phone.login() } });
    phone.attach(page);
    await kept;
  }

  /** What the page calls by POST /sim/<verb>; the answer goes back as JSON. */
  const verbs: Record<string, (page: Page, body: Record<string, unknown>) => unknown> = {
    'refresh-qr'(page) {
      page.ref = newRef();
      page.push({ event: { type: 'ref', ref: page.ref } });
      return {};
    },
    'pairing-code'(page, { phone }) {
      const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ123456789';
      const code = [...randomBytes(8)].map((byte) => letters.charAt(byte % letters.length)).join('');
      page.pairingCode = { code, phone: String(phone) };
      return { code };
    },
    'login-kept'(page) {
      page.onPairingOver?.();
      return {};
    },
    listening(page) {
      page.phone?.startDelivering(page);
      return {};
    },
    'modes-taken'(page, { version }) {
      page.phone?.confirmModes(Number(version));
      return {};
    },
    /** A page that is gone by now has not acted on what it says it has. */
    taken(page, { ids }) {
      if (!page.isOpen()) return { isIts: false };
      const taken = new Set(ids as number[]);
      page.phone?.confirm(taken);
      states.get(page)?.confirm(taken);
      return { isIts: true };
    },
    send: (page, body) => page.phone?.take(body as unknown as SendRequest) ?? { outcome: 'hang' },
    exists: (page, { wid }) => ({
      registered: page.phone?.isRegistered(String(wid).replace('@c.us', '')) ?? false,
    }),
    history: (page, { remote }) => ({ messages: page.phone?.history(String(remote)) ?? [] }),
    'logged-out'(page) {
      if (page.phone) page.phone.device = undefined;
      return {};
    },
    'unknown-module'(_page, { name }) {
      unknownModules.add(String(name));
      return {};
    },
  };

  /** What a page begins with, told in the moment it connects: nothing falls in between. */
  function welcome(page: Page, device: string | null): void {
    const phone = phones.find((entry) => entry.isLinked && entry.device === device);
    page.phone = phone;
    if (phone) {
      page.push({ event: { type: 'welcome', login: phone.login() } });
      phone.attach(page);
      return;
    }
    renewRefs(page);
    page.push({ event: { type: 'welcome', ref: page.ref } });
    const line = new MessageLine();
    for (const [gone, missed] of states) {
      if (gone.isOpen()) continue;
      for (const event of missed.waiting) line.push(event);
      states.delete(gone);
    }
    states.set(page, line);
    line.attach(page);
  }

  function openEvents(page: Page, device: string | null, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    page.response = response;
    welcome(page, device);
    response.on('close', () => {
      page.response = undefined;
      page.phone?.pageClosed(page);
      page.onPairingOver?.(new Error('the page went away before it had kept its login'));
      pages.delete(page.id);
    });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://web.whatsapp.com');
    if (!url.pathname.startsWith('/sim/')) {
      const isPage = url.pathname === '/';
      if (isPage) loads += 1;
      if (isHanging) {
        hanging.push(response);
        return;
      }
      response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html', 'cache-control': 'no-store' });
      if (isPage && earlyReloads > 0) {
        earlyReloads -= 1;
        response.write(reloadsEarly);
      }
      response.end(isPage ? html : '');
      return;
    }
    const id = url.searchParams.get('connection') ?? '';
    const page = pages.get(id) ?? createPage(id);
    const verb = url.pathname.slice('/sim/'.length);
    if (verb === 'events') {
      openEvents(page, url.searchParams.get('device'), response);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    let result: unknown;
    if (verb === 'upload') {
      const path = `/v/${randomBytes(8).toString('hex')}`;
      uploads.set(path, { size: body.length, sha256: createHash('sha256').update(body).digest('hex') });
      result = { path };
    } else {
      result = await verbs[verb]?.(page, JSON.parse(body.toString('utf8')) as Record<string, unknown>);
    }
    response.writeHead(result === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(result ?? { error: verb }));
  }

  const certificate = await makeCertificate(['web.whatsapp.com'], 30);
  const server = createServer(certificate, (request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      // A browser that is killed in the middle of a request is what half of the tests are about.
      if (!response.headersSent) response.writeHead(500);
      response.end(String(thrown));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const findPage = (isIt: (page: Page) => boolean, what: string) => {
    const page = unpairedPages().find(isIt);
    if (!page) throw new Error(`no page offers this ${what}`);
    return page;
  };

  return {
    port,
    browserArgs: [
      `--host-resolver-rules=MAP web.whatsapp.com 127.0.0.1:${port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
      '--ignore-certificate-errors',
    ],
    unknownModules,
    uploads,
    get counts() {
      return { loads, unpaired: unpairedPages().length };
    },
    createPhone(number, isRegistered = () => true) {
      const phone = new SimulatedPhone(number, isRegistered);
      phones.push(phone);
      return phone;
    },
    scan: (phone, qrText) =>
      pair(
        phone,
        findPage((page) => refsOf(page).includes(qrText.split(',')[0] ?? ''), 'code'),
      ),
    scanPicture: (phone, dataUrl) =>
      pair(
        phone,
        findPage((page) => refsOf(page).some((ref) => showsQrText(dataUrl, qrTextOf(ref))), 'picture'),
      ),
    async enterPairingCode(phone, code) {
      const page = findPage((entry) => entry.pairingCode?.code === code, 'pairing code');
      if (page.pairingCode?.phone !== phone.number) throw new Error('the code is for another number');
      await pair(phone, page);
    },
    setUnpairedState(state) {
      for (const page of unpairedPages()) states.get(page)?.push({ type: 'state', state });
    },
    hangPages(value) {
      isHanging = value;
      if (!value) for (const response of hanging.splice(0)) response.destroy();
    },
    reloadEarly(times) {
      earlyReloads = times;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** The text that the library makes of a ref, with the keys that page.js answers. */
function qrTextOf(ref: string): string {
  const key = Buffer.alloc(32, 7).toString('base64');
  return `${ref},${key},${key},c2VjcmV0,1`;
}
