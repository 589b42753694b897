import { buildButton, buildElement, buildIcon, setText } from './build-element';
import { isSettled, type LoggedEvent } from './event-log';
import { createEventRow, type EventRow } from './event-row';
import type { LinkState } from './gateway-link';
import type { PageSettings } from './page-settings';
import sidebarCss from './sidebar.css?inline';
import { createToasts, type Toast } from './toasts';

export interface SidebarView {
  showEvents(events: readonly LoggedEvent[]): void;
  showLink(state: LinkState): void;
  toast(toast: Toast): void;
  setOpen(isOpen: boolean): void;
  isOpen(): boolean;
  stop(): void;
}

const linkWords: Readonly<Record<LinkState['status'], string>> = {
  connecting: 'Connecting',
  connected: 'Live',
  waiting: 'Reconnecting',
  refused: 'Not connected',
  stopped: 'Stopped',
};
const closeIcon = 'M4 6l4 4 4-4';
const pillIcon = 'M2.5 4.5h11v7h-11zM2.5 5l5.5 4 5.5-4';

/** The panel at the edge of the page, in a shadow root: the page's styles and these leave each other alone. */
export function createSidebarView(theme: PageSettings['theme']): SidebarView {
  const host = buildElement('div', { id: 'websocket-sidebar' });
  const shadow = host.attachShadow({ mode: 'open' });
  applyStyles(shadow, sidebarCss);

  const rows = new Map<string, EventRow>();
  const toasts = createToasts();
  const list = buildElement('ol', { class: 'events' });
  const empty = buildElement('p', { class: 'empty' }, 'Nothing yet. What is sent shows up here.');
  const linkText = buildElement('span', { class: 'link-text' });
  const linkState = buildElement('span', { class: 'link', role: 'status' }, linkText);
  const notice = buildElement('p', { class: 'notice', hidden: '' });
  const panel = buildElement(
    'aside',
    { class: 'panel', id: 'panel', 'aria-label': 'Messages', hidden: '' },
    buildElement(
      'header',
      {},
      buildElement('h2', {}, 'Messages'),
      linkState,
      buildButton(
        { class: 'icon-button', 'aria-label': 'Close' },
        () => {
          setOpen(false);
          pill.focus();
        },
        buildIcon(closeIcon),
      ),
    ),
    notice,
    empty,
    list,
  );
  const count = buildElement('span', { class: 'count' });
  const pillText = buildElement('span', { class: 'pill-text' }, 'Messages');
  const pill = buildButton(
    { class: 'pill', 'aria-expanded': 'false', 'aria-controls': 'panel' },
    () => setOpen(!isOpen()),
    buildElement('span', { class: 'dot' }),
    buildIcon(pillIcon),
    pillText,
    count,
  );
  const root = buildElement('div', { class: 'root', 'data-theme': theme }, toasts.element, panel, pill);
  shadow.append(root);
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    setOpen(false);
    pill.focus();
  });

  const isOpen = () => panel.hidden === false;

  function setOpen(open: boolean): void {
    panel.hidden = !open;
    pill.setAttribute('aria-expanded', String(open));
    root.toggleAttribute('data-open', open);
  }

  function showEvents(events: readonly LoggedEvent[]): void {
    const keys = new Set(events.map(({ key }) => key));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      rows.delete(key);
    }
    events.forEach((event, index) => {
      let row = rows.get(event.key);
      if (!row) {
        row = createEventRow();
        rows.set(event.key, row);
      }
      row.update(event);
      // Moving a node closes and blurs what is in it: only those move that are out of place.
      if (list.children[index] !== row.element) list.insertBefore(row.element, list.children[index] ?? null);
    });
    empty.hidden = events.length > 0;
    const open = events.filter((event) => !isSettled(event)).length;
    setText(count, open === 0 ? '' : String(open));
    count.hidden = open === 0;
    count.title = `${open} under way`;
  }

  function showLink(state: LinkState): void {
    root.dataset['link'] = state.status;
    setText(linkText, linkWords[state.status]);
    setText(notice, state.trouble?.message ?? '');
    notice.hidden = state.trouble === undefined;
    pill.title = state.trouble?.message ?? '';
  }

  const mount = () => document.body.append(host);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', mount, { once: true });
  else mount();

  return {
    showEvents,
    showLink,
    toast: (toast) => toasts.show(toast),
    setOpen,
    isOpen,
    stop() {
      document.removeEventListener('DOMContentLoaded', mount);
      toasts.stop();
      host.remove();
    },
  };
}

/** A constructed sheet passes a page's Content-Security-Policy; older browsers get a style element. */
function applyStyles(root: ShadowRoot, css: string): void {
  if ('adoptedStyleSheets' in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } else {
    (root as ShadowRoot).append(buildElement('style', {}, css));
  }
}
