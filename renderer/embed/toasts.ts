import { buildButton, buildElement, buildIcon } from './build-element';
import type { Tone } from './event-words';

export interface Toast {
  readonly tone: Tone;
  readonly title: string;
  readonly words: string;
}

export interface Toasts {
  readonly element: HTMLElement;
  show(toast: Toast): void;
  stop(): void;
}

const mostAtOnce = 3;
const shownMs = 6_000;
/** Bad news needs time to be read. */
const badShownMs = 15_000;
const closeIcon = 'M4 4l8 8M12 4l-8 8';

/** Short notices that go by themselves; looking at them (pointer or focus) keeps them. */
export function createToasts(): Toasts {
  const element = buildElement('div', {
    class: 'toasts',
    role: 'log',
    'aria-live': 'polite',
    'aria-label': 'Notices',
  });
  const removers = new Map<HTMLElement, () => void>();

  function show({ tone, title, words }: Toast): void {
    const remove = () => {
      clearTimeout(timer);
      removers.delete(box);
      box.remove();
    };
    const box = buildElement(
      'div',
      { class: 'toast', 'data-tone': tone, ...(tone === 'bad' ? { role: 'alert' } : {}) },
      buildElement('span', { class: 'toast-title' }, title),
      buildElement('span', { class: 'toast-words' }, words),
      buildButton({ class: 'icon-button', 'aria-label': 'Close this notice' }, remove, buildIcon(closeIcon)),
    );
    const startTimer = () => setTimeout(remove, tone === 'bad' ? badShownMs : shownMs);
    let timer = startTimer();
    const keep = () => clearTimeout(timer);
    const letGo = () => {
      clearTimeout(timer);
      timer = startTimer();
    };
    box.addEventListener('pointerenter', keep);
    box.addEventListener('focusin', keep);
    box.addEventListener('pointerleave', letGo);
    box.addEventListener('focusout', letGo);
    removers.set(box, remove);
    element.append(box);
    const [oldest] = removers.values();
    if (removers.size > mostAtOnce) oldest?.();
  }

  return {
    element,
    show,
    stop() {
      for (const remove of [...removers.values()]) remove();
    },
  };
}
