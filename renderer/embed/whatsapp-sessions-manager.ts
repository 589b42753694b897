import type { WhatsAppStatus } from '../../main/contracts/statuses';
import type { GatewayLink } from './gateway-link';
import { PageError, readFields, toPageError } from './page-error';
import { absoluteUrl, readGatewayUrl, type PageSettings } from './page-settings';
import { shareLink } from './share-link';
import { createTokenSource } from './token-source';
import { createWhatsAppApi, requireSuccess, type WhatsAppApi } from './whatsapp-api';
import { createWhatsAppView, type WhatsAppView, type WhatsAppViewState } from './whatsapp-view';
import { isWhatsAppStatus } from './whatsapp-words';

/** What the script tag does not say, or says otherwise. */
export interface WhatsAppSessionsOptions {
  /** an element or a selector; `[data-whatsapp-sessions]` of the page unless told; null: nothing is shown */
  readonly container?: HTMLElement | string | null;
  readonly gateway?: string;
  readonly token?: string;
  readonly tokenUrl?: string;
  readonly userId?: string | number;
  readonly sessionId?: string;
}

export interface WhatsAppAnswer {
  readonly success: true;
  readonly status: WhatsAppStatus;
  readonly [field: string]: unknown;
}

/** How often the gateway is asked while there is no live connection to it. */
const pollMs = 10_000;
/** The same while somebody waits with the phone in hand. */
const quickPollMs = 2_000;
const quickStatuses: readonly (WhatsAppStatus | undefined)[] = ['qr_ready', 'authenticated'];
const socketMessages = [
  'whatsapp:qr_generated',
  'whatsapp:client_ready',
  'whatsapp:client_authenticated',
  'whatsapp:client_auth_failed',
  'whatsapp:client_disconnected',
  'whatsapp:client_logged_out',
];

/**
 * The WhatsApp session of one customer on a page of the PHP app.
 *
 * Tells of changes by CustomEvents on its element, from where they bubble up to the document (on the document
 * itself when it has no element), each with `customerId` in its `detail`:
 * - `whatsapp-sessions:status` `{status, previous, phone, reason}`
 * - `whatsapp-sessions:qr` `{qrCode}`, a PNG as data URL, for each new code
 * - `whatsapp-sessions:pairing-code` `{code}`
 * - `whatsapp-sessions:error` `{code, message}`
 */
export class WhatsAppSessionsManager {
  readonly customerId: string;
  readonly #settings: PageSettings;
  readonly #api: WhatsAppApi;
  readonly #container: HTMLElement | undefined;
  #view: WhatsAppView | undefined;
  #link: GatewayLink | undefined;
  #subscriptions: (() => void)[] = [];
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #state: WhatsAppViewState = {};
  #isRunning = false;

  constructor(customerId: string, pageSettings: PageSettings, options: WhatsAppSessionsOptions = {}) {
    this.customerId = customerId;
    this.#settings = {
      ...pageSettings,
      customerId,
      ...(options.gateway === undefined ? {} : { gatewayUrl: readGatewayUrl(options.gateway, undefined) }),
      ...(options.token === undefined ? {} : { token: options.token }),
      ...(options.tokenUrl === undefined ? {} : { tokenUrl: absoluteUrl(options.tokenUrl) }),
      ...(options.userId === undefined ? {} : { userId: String(options.userId) }),
      ...(options.sessionId === undefined ? {} : { sessionId: options.sessionId }),
    };
    this.#container = findContainer(customerId, options.container);
    this.#api = createWhatsAppApi(this.#settings, customerId, () => this.#link?.tokens);
  }

  /** The last status heard; undefined before the first. */
  get status(): WhatsAppStatus | undefined {
    return this.#state.status;
  }

  /** Shows the session and follows it from now on. Resolves with its status; never starts a browser. */
  async initialize(): Promise<WhatsAppAnswer> {
    if (!this.#isRunning) {
      this.#isRunning = true;
      if (this.#container) {
        this.#view = createWhatsAppView(this.#container, {
          connect: () => void this.#connect(),
          pair: (phone) => void this.getPairingCode(phone).catch(ignore),
          logout: () => void this.logout().catch(ignore),
          checkStatus: () => void this.checkStatus().catch(ignore),
        });
      }
      this.#change({});
      await this.#openLink();
    }
    try {
      return await this.checkStatus();
    } finally {
      this.#schedulePoll();
    }
  }

  /**
   * Starts the session if need be and resolves with `{status: "qr_ready", qr_code}`, or with
   * `{status: "ready"}` when a phone is linked already. New codes come by `whatsapp-sessions:qr`.
   */
  getQRCode(): Promise<WhatsAppAnswer> {
    return this.#run('connecting', async () => {
      const answer = await this.#api.qrCode();
      if (answer.status === 409 && readFields(answer.body)['status'] === 'ready') {
        this.#hear({ status: 'ready' });
        void this.checkStatus().catch(ignore);
        return { success: true, status: 'ready' };
      }
      return this.#hear(requireSuccess(answer));
    });
  }

  async checkStatus(): Promise<WhatsAppAnswer> {
    try {
      const body = requireSuccess(await this.#api.status());
      const { qr_code: qrCode } = readFields(body['data']);
      const answer = this.#hear({ ...body, qr_code: qrCode, reason: body['error'] });
      this.#change({ error: undefined });
      return answer;
    } catch (thrown) {
      throw this.#fail(thrown);
    }
  }

  /** The second way to link a phone: resolves with `{code}`, eight characters to be typed on the phone. */
  getPairingCode(phone: string): Promise<{ readonly success: true; readonly code: string }> {
    return this.#run('pairing', async () => {
      const body = requireSuccess(await this.#api.pairingCode(phone));
      const code = String(body['code']);
      this.#change({ pairingCode: code });
      this.#tell('pairing-code', { code });
      return { success: true, code };
    });
  }

  logout(): Promise<WhatsAppAnswer> {
    return this.#run('leaving', async () => this.#hear(requireSuccess(await this.#api.logout())));
  }

  /** Takes the panel away and ends the connection. */
  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#pollTimer);
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#subscriptions = [];
    this.#link?.stop();
    this.#link = undefined;
    this.#view?.stop();
    this.#view = undefined;
  }

  async #connect(): Promise<void> {
    // Before the gateway has been reached there is nothing to connect.
    await (this.#state.status === undefined ? this.checkStatus() : this.getQRCode()).catch(ignore);
  }

  /** By token where there is one; else by the ids of the session, without live messages if need be. */
  async #openLink(): Promise<void> {
    const settings = this.#settings;
    if (settings.token === undefined && settings.tokenUrl === undefined) {
      const byIds = createTokenSource(settings);
      if (!byIds.configured) return;
      try {
        await byIds.get();
      } catch {
        return;
      }
    }
    const link = shareLink(settings);
    this.#link = link;
    this.#subscriptions = [
      ...socketMessages.map((name) => link.on(name, (message) => this.#hearLive(message))),
      link.onState(({ status }) => {
        // Codes and states may have changed while nobody listened.
        if (status === 'connected') void this.checkStatus().catch(ignore);
      }),
    ];
  }

  #hearLive(message: unknown): void {
    const fields = readFields(message);
    if (fields['customer_id'] === this.customerId) this.#hear(fields);
  }

  /** Takes over what the gateway said of the session. */
  #hear(fields: Readonly<Record<string, unknown>>): WhatsAppAnswer {
    const { status } = fields;
    if (!isWhatsAppStatus(status)) {
      throw new PageError('unexpected_answer', 'The gateway’s answer names no status that this page knows.');
    }
    const previous = this.#state.status;
    const qrCode = status === 'qr_ready' ? (readPicture(fields['qr_code']) ?? this.#state.qrCode) : undefined;
    const isNewCode = qrCode !== undefined && qrCode !== this.#state.qrCode;
    const isPairing = status === 'qr_ready' || status === 'not_initialized';
    const phone = typeof fields['phone'] === 'string' ? fields['phone'] : this.#state.phone;
    const reason = typeof fields['reason'] === 'string' ? fields['reason'] : undefined;
    this.#change({
      status,
      qrCode,
      phone: status === 'ready' ? phone : undefined,
      reason,
      ...(isPairing ? {} : { pairingCode: undefined }),
    });
    if (status !== previous) this.#tell('status', { status, previous, phone: this.#state.phone, reason });
    if (isNewCode) this.#tell('qr', { qrCode });
    // Ready comes live without its number.
    if (status === 'ready' && previous !== 'ready' && phone === undefined && this.#isRunning) {
      void this.checkStatus().catch(ignore);
    }
    return { success: true, ...fields, status, ...(qrCode === undefined ? {} : { qr_code: qrCode }) };
  }

  async #run<T>(busy: WhatsAppViewState['busy'], work: () => Promise<T>): Promise<T> {
    this.#change({ busy, error: undefined });
    try {
      return await work();
    } catch (thrown) {
      throw this.#fail(thrown);
    } finally {
      this.#change({ busy: undefined });
      this.#schedulePoll();
    }
  }

  #fail(thrown: unknown): PageError {
    const error = toPageError(thrown);
    const isNew = this.#state.error?.message !== error.message;
    this.#change({ error });
    // A gateway that is away is asked again and again; one word about it is enough.
    if (isNew) this.#tell('error', { code: error.code, message: error.message });
    return error;
  }

  #change(changes: WhatsAppViewState): void {
    this.#state = { ...this.#state, ...changes };
    this.#view?.show(this.#state);
  }

  #tell(name: string, detail: object): void {
    const target = this.#container?.isConnected ? this.#container : document;
    target.dispatchEvent(
      new CustomEvent(`whatsapp-sessions:${name}`, {
        bubbles: true,
        detail: { customerId: this.customerId, ...detail },
      }),
    );
  }

  #schedulePoll(): void {
    clearTimeout(this.#pollTimer);
    if (!this.#isRunning) return;
    this.#pollTimer = setTimeout(
      () => {
        const isLive = this.#link?.state().status === 'connected';
        const looked = isLive || document.visibilityState === 'hidden';
        void (looked ? Promise.resolve() : this.checkStatus().then(ignore, ignore)).then(() =>
          this.#schedulePoll(),
        );
      },
      quickStatuses.includes(this.#state.status) ? quickPollMs : pollMs,
    );
  }
}

/** Told to whoever asked, and shown; the page's console need not fill up with it. */
function ignore(): void {
  return undefined;
}

/** Only pictures: anything else in an image's address is none of ours. */
function readPicture(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith('data:image/') ? value : undefined;
}

function findContainer(
  customerId: string,
  named: WhatsAppSessionsOptions['container'],
): HTMLElement | undefined {
  if (named === null) return undefined;
  if (named instanceof HTMLElement) return named;
  if (typeof named === 'string') return document.querySelector<HTMLElement>(named) ?? undefined;
  const offered = Array.from(document.querySelectorAll<HTMLElement>('[data-whatsapp-sessions]'));
  const ownOf = (wanted: string) => offered.find((element) => element.dataset['whatsappSessions'] === wanted);
  return ownOf(customerId) ?? ownOf('');
}
