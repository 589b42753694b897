import { buildElement, setText } from './build-element';

/**
 * No answer says how long a code holds. web.whatsapp.com has been known to keep the first for a minute and those
 * after it for twenty seconds; not measured here, so that the countdown is an estimate.
 */
const firstCodeMs = 60_000;
const nextCodeMs = 20_000;
/** Overdue by so much, a look at the gateway says whether codes still come. */
const lookAfterMs = 3_000;

/** How long the code on show still holds, as a line that gets shorter and in words. */
export interface CodeTimer {
  readonly element: HTMLElement;
  /** A new code is on show. */
  restart(): void;
  /** No code is on show; the next one is the first again. */
  stop(): void;
}

export function createCodeTimer(onOverdue: () => void, now: () => number = Date.now): CodeTimer {
  const line = buildElement('span', { class: 'whatsapp-sessions__timer-line' });
  const words = buildElement('span', { class: 'whatsapp-sessions__timer-words' });
  // Not read out second by second.
  const element = buildElement(
    'div',
    { class: 'whatsapp-sessions__timer', 'aria-hidden': 'true' },
    line,
    words,
  );
  let ticking: ReturnType<typeof setInterval> | undefined;
  let codes = 0;
  let shownAtMs = 0;
  let lastLookMs = 0;

  function tick(): void {
    const holdsMs = codes <= 1 ? firstCodeMs : nextCodeMs;
    const leftMs = shownAtMs + holdsMs - now();
    line.style.transform = `scaleX(${Math.max(0, Math.min(1, leftMs / holdsMs))})`;
    setText(
      words,
      leftMs > 0 ? `New code in about ${Math.ceil(leftMs / 1000)} s` : 'Waiting for the next code',
    );
    if (leftMs < -lookAfterMs && now() - lastLookMs > lookAfterMs) {
      lastLookMs = now();
      onOverdue();
    }
  }

  return {
    element,
    restart() {
      codes += 1;
      shownAtMs = now();
      ticking ??= setInterval(tick, 1_000);
      tick();
    },
    stop() {
      clearInterval(ticking);
      ticking = undefined;
      codes = 0;
    },
  };
}
