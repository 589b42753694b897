import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { patienceMs } from '../../support/patience';
import { MessageLine, type PageConnection } from './message-line';

interface MessageFields {
  readonly filename?: string;
  readonly mimetype?: string;
  readonly caption?: string;
  readonly directPath?: string;
  readonly size?: number;
  readonly filehash?: string;
}

/** A message as the account's history on the server holds it. */
export interface SimulatedMessage {
  readonly serialized: string;
  readonly id: string;
  readonly remote: string;
  readonly fromMe: boolean;
  readonly type: string;
  readonly body: string;
  /** seconds */
  readonly t: number;
  ack: number;
  readonly fields: MessageFields;
}

/**
 * What goes wrong.
 * - `send`: throw before anything is kept; undefined: sent, but the library finds no message; refused:
 *   ack -1; pending: stays at ack 0 and never leaves; hang: no answer, never left; lost: the server has
 *   it, the caller sees an error; swallowed: the server has it, nobody ever answers; unconfirmed: the
 *   server has it, the page stays at ack 0
 * - `sync`: the page connects, but `hasSynced` never comes
 * - `logout`: the page answers quietly, or navigates away while it is being logged out
 * - `history`: earlier messages cannot be loaded
 */
export interface PhoneModes {
  readonly send?:
    'throw' | 'undefined' | 'refused' | 'pending' | 'hang' | 'lost' | 'swallowed' | 'unconfirmed';
  /** the error of `refused`, such as `463` */
  readonly sendError?: string;
  /** only messages to these chats are hit by `send` */
  readonly sendOnly?: readonly string[];
  /** only messages whose text holds this are hit by `send` */
  readonly sendMatching?: string;
  readonly upload?: 'fail';
  readonly sync?: 'never';
  readonly logout?: 'navigates';
  readonly history?: 'unavailable';
}

export interface SendRequest {
  readonly id: string;
  readonly remote: string;
  readonly type: string;
  readonly body: string;
  readonly t: number;
  readonly fields: MessageFields;
}

export interface SendAnswer {
  readonly outcome: string;
  readonly error?: string;
}

/** A WhatsApp account: the phone, its one linked device, and what the server keeps for them. */
export class SimulatedPhone {
  readonly chatId: string;
  /** messages that arrived at WhatsApp's server from the linked device, oldest first */
  readonly received: SimulatedMessage[] = [];
  /** ack that a message climbs to by itself once the server has it */
  autoAck = 3;
  device: string | undefined;
  modes: PhoneModes = {};

  readonly #events = new EventEmitter();
  readonly #history: SimulatedMessage[] = [];
  /** what happens to the page itself */
  readonly #orders = new MessageLine();
  /** messages and acks: told once the library listens for them */
  readonly #mail = new MessageLine();
  #page: PageConnection | undefined;
  #pages = 0;
  #modesVersion = 0;
  #takenModesVersion = 0;

  constructor(
    readonly number: string,
    readonly isRegistered: (number: string) => boolean,
  ) {
    this.chatId = `${number}@c.us`;
    this.#events.setMaxListeners(0);
  }

  get isLinked(): boolean {
    return this.device !== undefined;
  }

  /** Is a page of the linked device connected at this moment? */
  get isOnline(): boolean {
    return this.#page?.isOpen() === true;
  }

  /** How many pages of the linked device have connected so far: one that reloads is another one. */
  get pages(): number {
    return this.#pages;
  }

  /** What the page needs to come up signed in. */
  login() {
    // What is still to be told of must be new to the page.
    const untold = new Set(this.#mail.waiting.map((event) => (event as { message?: unknown }).message));
    return {
      device: this.device,
      number: this.chatId,
      messages: this.#history.filter((message) => !untold.has(message)).slice(-200),
      ...this.#currentModes(),
    };
  }

  #currentModes() {
    return { modes: this.modes, version: this.#modesVersion };
  }

  link(): void {
    this.device = randomUUID();
    // Meant for the device before.
    this.#orders.clear();
  }

  attach(page: PageConnection): void {
    this.#page = page;
    this.#pages += 1;
    this.#mail.detach();
    this.#orders.attach(page);
    this.#tell();
  }

  /** The page's message collection has listeners now: what waited goes out. */
  startDelivering(page: PageConnection): void {
    if (this.#page === page) this.#mail.attach(page);
  }

  /** The page has these messages: they are told to no other. */
  confirm(ids: ReadonlySet<number>): void {
    this.#orders.confirm(ids);
    this.#mail.confirm(ids);
  }

  pageClosed(page: PageConnection): void {
    if (this.#page !== page) return;
    this.#page = undefined;
    this.#orders.detach();
    this.#mail.detach();
    this.#tell();
  }

  /** Changes what goes wrong and waits until the connected page knows. */
  async behave(modes: PhoneModes): Promise<void> {
    this.modes = modes;
    this.#modesVersion += 1;
    const { version } = this.#currentModes();
    this.#page?.push({ event: { type: 'modes', ...this.#currentModes() } });
    // A page that goes away meanwhile gets them when it comes back, as the first thing of all.
    await this.waitUntil(
      () => this.#takenModesVersion >= version || !this.isOnline,
      'the page to take the modes',
    );
  }

  confirmModes(version: number): void {
    this.#takenModesVersion = Math.max(this.#takenModesVersion, version);
    this.#tell();
  }

  /** The linked device hands over a message. A test may put something slower in its place. */
  take(request: SendRequest): SendAnswer | Promise<SendAnswer> {
    const { send, sendOnly, sendMatching, sendError } = this.modes;
    const text = `${request.body} ${request.fields.caption ?? ''}`;
    const isHit =
      (sendOnly?.includes(request.remote) ?? true) && (!sendMatching || text.includes(sendMatching));
    const mode = isHit ? send : undefined;
    if (mode === 'refused') return { outcome: 'refused', error: sendError };
    if (mode === 'pending' || mode === 'hang') return { outcome: mode };
    const message: SimulatedMessage = {
      ...request,
      serialized: `true_${request.remote}_${request.id}`,
      fromMe: true,
      ack: 1,
    };
    this.received.push(message);
    this.#history.push(message);
    this.#tell();
    if (mode === 'swallowed') return { outcome: 'hang' };
    if (mode === 'unconfirmed') return { outcome: 'pending' };
    if (mode === 'lost') return { outcome: 'lost' };
    for (let ack = 2; ack <= this.autoAck; ack += 1) this.acknowledge(message.serialized, ack);
    return { outcome: mode === 'undefined' ? 'undefined' : 'taken' };
  }

  history(remote: string): SimulatedMessage[] {
    return this.#history.filter((message) => message.remote === remote);
  }

  /** The recipient's phone got (2) or showed (3) a message; -1 is the server's late refusal. */
  acknowledge(serialized: string, ack: number): void {
    const message = this.#history.find((entry) => entry.serialized === serialized);
    if (message) message.ack = Math.max(message.ack, ack);
    this.#mail.push({ type: 'ack', serialized, ack });
  }

  /** A client writes to the account. */
  write(from: string, body: string, type = 'chat'): string {
    const id = randomBytes(10).toString('hex').toUpperCase();
    const message: SimulatedMessage = {
      serialized: `false_${from}@c.us_${id}`,
      id,
      remote: `${from}@c.us`,
      fromMe: false,
      type,
      body,
      t: Math.floor(Date.now() / 1000),
      ack: 1,
      fields: {},
    };
    this.#history.push(message);
    this.#mail.push({ type: 'message', message });
    return message.serialized;
  }

  /**
   * The person removes the linked device. `LOGOUT`: the page is told to log out and navigates after
   * `delayMs`; `UNPAIRED`: only the socket's state says it.
   */
  unlink({ style, delayMs = 0 }: { style: 'LOGOUT' | 'UNPAIRED'; delayMs?: number }): void {
    this.device = undefined;
    this.#orders.push({ type: 'unlink', style, delayMs });
  }

  /** The socket of the page changes its state (CONFLICT, OPENING, PROXYBLOCK, …). */
  setState(state: string): void {
    this.#orders.push({ type: 'state', state });
  }

  /** The page reloads by itself, as WhatsApp Web does after an update. */
  reloadPage(): void {
    this.#orders.push({ type: 'reload' });
  }

  /** The page shows another address without loading anything. */
  changeAddress(path: string): void {
    this.#orders.push({ type: 'address', path });
  }

  /** The page stops answering for ever. */
  hangPage(): void {
    this.#orders.push({ type: 'hang' });
  }

  #tell(): void {
    this.#events.emit('change');
  }

  #next(name: string): Promise<void> {
    return new Promise((resolve) => this.#events.once(name, () => resolve()));
  }

  /** Waits until `isTrue` holds. @throws after `timeoutMs`, saying what was waited for */
  async waitUntil(isTrue: (phone: this) => boolean, what: string, timeoutMs = patienceMs): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isTrue(this)) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`the phone waited ${timeoutMs} ms in vain for ${what}`);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        this.#next('change'),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(leftMs, 100)))),
      ]);
      clearTimeout(timer);
    }
  }

  waitForMessages(count: number, timeoutMs?: number): Promise<void> {
    return this.waitUntil(() => this.received.length >= count, `${count} messages`, timeoutMs);
  }
}
