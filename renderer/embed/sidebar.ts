import { catchUp } from './catch-up';
import { createEventLog, isSettled, type EventLog, type LoggedEvent } from './event-log';
import { createEventMemory, type EventMemory } from './event-memory';
import { titleOfEvent, toneOfEvent, wordsOfEvent } from './event-words';
import type { LinkState } from './gateway-link';
import type { PageSettings } from './page-settings';
import { shareLink } from './share-link';
import { createSidebarView } from './sidebar-view';
import { createTriggerQueue, type TriggerAnswer, type TriggerOptions } from './trigger-queue';

/** `window.websocketSidebar`. */
export interface WebsocketSidebar {
  /**
   * Sends a business event. Resolves with `{success, event_id, …}` once the gateway has it on disk; rejects
   * with an Error whose `code` says why not.
   */
  triggerEvent(eventType: string, data?: unknown, options?: TriggerOptions): Promise<TriggerAnswer>;
  open(): void;
  close(): void;
  toggle(): void;
  /** `connecting`, `connected`, `waiting`, `refused` or `stopped` */
  readonly status: LinkState['status'];
  /** newest first */
  readonly events: readonly LoggedEvent[];
  /** Takes the panel away and ends the connection. */
  stop(): void;
}

/** What belongs to one customer; another login in the same page starts afresh. */
interface Session {
  readonly customerId: string;
  readonly memory: EventMemory;
  readonly log: EventLog;
}

const eventNames = ['event:progress', 'event:completed', 'event:failed'];
const messageNames = ['message:sent', 'message:delivered', 'message:read', 'message:failed'];

const toastAfterMs = 150;

export function createSidebar(settings: PageSettings): WebsocketSidebar {
  const link = shareLink(settings);
  const view = settings.panel === 'none' ? undefined : createSidebarView(settings.theme);
  let session = startSession(link.state().customerId ?? settings.customerId ?? '');
  let isFirstConnection = true;
  let paintRequested = false;
  const toastTimers = new Set<ReturnType<typeof setTimeout>>();

  function startSession(customerId: string): Session {
    const memory = createEventMemory(settings.gatewayUrl, customerId);
    const log = createEventLog({
      wasOwn: (eventId) => memory.wasOwn(eventId),
      onChange: (event) => react(memory, event),
    });
    return { customerId, memory, log };
  }

  function react(memory: EventMemory, event: LoggedEvent): void {
    const { eventId } = event;
    const isOver = isSettled(event);
    if (eventId !== undefined) memory.rememberLastEventId(eventId);
    const wasOpen =
      eventId === undefined || !memory.wasOwn(eventId) || memory.openEventIds().includes(eventId);
    if (event.isOwn && eventId !== undefined) memory.rememberOwn(eventId, isOver);
    if (event.isOwn && isOver && wasOpen) {
      toastSoon(event.key);
    }
    paint();
    document.dispatchEvent(new CustomEvent('websocket-sidebar:event', { detail: event }));
  }

  /** Not at once: why something failed comes in the message after. */
  function toastSoon(key: string): void {
    const timer = setTimeout(() => {
      toastTimers.delete(timer);
      const event = session.log.list().find((entry) => entry.key === key);
      if (!event) return;
      view?.toast({
        tone: toneOfEvent(event),
        title: titleOfEvent(event.eventType),
        words: wordsOfEvent(event),
      });
    }, toastAfterMs);
    toastTimers.add(timer);
  }

  /** Once a frame, however many messages come. */
  function paint(): void {
    if (!view || paintRequested) return;
    paintRequested = true;
    requestAnimationFrame(() => {
      paintRequested = false;
      view.showEvents(session.log.list());
    });
  }

  function showLink(state: LinkState): void {
    view?.showLink(state);
    document.dispatchEvent(
      new CustomEvent('websocket-sidebar:status', {
        detail: { status: state.status, code: state.trouble?.code, reason: state.trouble?.message },
      }),
    );
    if (state.status === 'connected') void afterConnect(state.customerId ?? '');
  }

  async function afterConnect(customerId: string): Promise<void> {
    if (customerId !== session.customerId) {
      const waiting = session.log.list().filter(({ phase }) => phase === 'waiting');
      const isFirst = session.customerId === '';
      session = startSession(customerId);
      // Triggered before it was known whose page this is.
      if (isFirst) for (const { key, eventType } of waiting) session.log.queue(key, eventType);
      isFirstConnection = true;
      paint();
    }
    const isFirst = isFirstConnection;
    isFirstConnection = false;
    try {
      await catchUp(link, session.log, session.memory, isFirst);
    } catch {
      // The connection broke again; the next one catches up from the same place.
      isFirstConnection = isFirst;
    }
  }

  const queue = createTriggerQueue(link, {
    queued: (key, eventType) => session.log.queue(key, eventType),
    accepted: (key, answer) => session.log.accept(key, answer),
    refused: (key, error) => session.log.refuse(key, error.message),
  });
  const subscriptions = [
    link.onState(showLink),
    ...eventNames.map((name) => link.on(name, (message) => session.log.applyEvent(message))),
    ...messageNames.map((name) => link.on(name, (message) => session.log.applyMessage(message))),
  ];
  showLink(link.state());
  paint();

  return {
    triggerEvent: (eventType, data, options) => queue.trigger(eventType, data, options),
    open: () => view?.setOpen(true),
    close: () => view?.setOpen(false),
    toggle: () => view?.setOpen(!view.isOpen()),
    get status() {
      return link.state().status;
    },
    get events() {
      return session.log.list();
    },
    stop() {
      queue.stop();
      for (const timer of toastTimers) clearTimeout(timer);
      for (const unsubscribe of subscriptions) unsubscribe();
      link.stop();
      view?.stop();
    },
  };
}
