import { buildElement, buildIcon, setText } from './build-element';
import { isSettled, type LoggedDelivery, type LoggedEvent } from './event-log';
import {
  clockTime,
  titleOfEvent,
  toneOfDelivery,
  toneOfEvent,
  wordsOfChannel,
  wordsOfDelivery,
  wordsOfEvent,
  type Tone,
} from './event-words';

/** One event in the panel; changed in place, so that what somebody has opened stays open. */
export interface EventRow {
  readonly element: HTMLLIElement;
  update(event: LoggedEvent): void;
}

const icons: Readonly<Record<Tone, string>> = {
  busy: 'M8 2.5a5.5 5.5 0 1 1-5.5 5.5',
  good: 'M3 8.5l3.4 3.4L13 5',
  bad: 'M8 3.2v5.4M8 12v.3',
  quiet: 'M4 8h8',
};

export function createEventRow(): EventRow {
  const mark = buildElement('span', { class: 'mark' });
  const title = buildElement('span', { class: 'title' });
  const own = buildElement('span', { class: 'own' }, 'You');
  const time = buildElement('time', { class: 'time' });
  const words = buildElement('span', { class: 'words' });
  const bar = buildElement('span', { class: 'bar' });
  const track = buildElement('span', { class: 'track', role: 'progressbar', 'aria-valuemin': '0' }, bar);
  const summary = buildElement(
    'summary',
    {},
    mark,
    buildElement('span', { class: 'head' }, title, own, time),
    words,
    track,
  );
  const reason = buildElement('p', { class: 'reason' });
  const deliveries = buildElement('ul', { class: 'deliveries' });
  const details = buildElement('details', {}, summary, reason, deliveries);
  const element = buildElement('li', { class: 'event' }, details);
  let tone: Tone | undefined;

  function update(event: LoggedEvent): void {
    const nextTone = toneOfEvent(event);
    if (nextTone !== tone) {
      tone = nextTone;
      element.dataset['tone'] = tone;
      mark.replaceChildren(buildIcon(icons[tone]));
    }
    setText(title, titleOfEvent(event.eventType));
    title.title = event.eventId === undefined ? event.eventType : `${event.eventType} · ${event.eventId}`;
    own.hidden = !event.isOwn;
    time.dateTime = new Date(event.atMs).toISOString();
    setText(time, clockTime(event.atMs));
    const sentence = wordsOfEvent(event);
    setText(words, sentence);
    updateProgress(event);
    // A sentence that stands above already is not said twice.
    setText(reason, event.error !== undefined && event.error !== sentence ? event.error : '');
    reason.hidden = reason.textContent === '';
    deliveries.replaceChildren(...event.deliveries.map(buildDelivery));
    details.toggleAttribute('data-empty', reason.hidden && event.deliveries.length === 0);
  }

  function updateProgress(event: LoggedEvent): void {
    const { sent, failed, total } = event;
    track.hidden = isSettled(event) || total === 0;
    track.setAttribute('aria-valuemax', String(total));
    track.setAttribute('aria-valuenow', String(sent + failed));
    track.setAttribute('aria-label', titleOfEvent(event.eventType));
    bar.style.transform = `scaleX(${total === 0 ? 0 : (sent + failed) / total})`;
  }

  return { element, update };
}

function buildDelivery(delivery: LoggedDelivery): HTMLLIElement {
  return buildElement(
    'li',
    { 'data-tone': toneOfDelivery(delivery) },
    buildElement('span', { class: 'channel' }, wordsOfChannel(delivery.channel)),
    buildElement('span', { class: 'recipient', title: delivery.recipient }, delivery.recipient),
    buildElement('span', { class: 'state' }, wordsOfDelivery(delivery)),
    delivery.error === undefined
      ? undefined
      : buildElement('span', { class: 'delivery-error' }, delivery.error),
  );
}
