import QRCode from 'qrcode';
import { errorText } from '../errors';
import type { SessionParts } from './session-parts';
import { TransportTimeoutError } from './whatsapp-transport';

export interface CodeOffer {
  /** WhatsApp shows a code: draw it, announce it, and put the browser away when nobody scans it in time. */
  show(text: string): void;
  /** Looks again after a sleep. */
  watch(): void;
  /** The time for scanning is over, or was never started. */
  isOver(): boolean;
  /** The next code restarts the time for scanning. */
  reset(): void;
}

/** The time between the first code and the scan. */
export function createCodeOffer(
  parts: SessionParts,
  on: {
    readonly expired: (sentence: string) => void;
    readonly idle: () => void;
    readonly scanned: () => void;
  },
): CodeOffer {
  const { config, record, timers } = parts;
  let endsAt: number | undefined;
  let shownText: string | undefined;
  let shownAt: number | undefined;
  /** how long the codes of this offer lived, but for the one that is shown */
  let lifetimesMs: number[] = [];
  let refreshesAt: number | undefined;

  /** WhatsApp does not say how long a code lives, and lets the first one live longer: the last two show it. */
  function noteCode(text: string, now: number): void {
    if (text === shownText) return;
    if (shownAt !== undefined) lifetimesMs.push(now - shownAt);
    shownText = text;
    shownAt = now;
    const [, ...later] = lifetimesMs;
    const lifetimeMs = later.at(-1);
    refreshesAt = lifetimeMs === undefined ? undefined : now + lifetimeMs;
  }

  /** While a code is shown the library reports new codes only: an idle page and a lost login are looked for. */
  function watch(): void {
    timers.set('poll', config.unpairedPollMs, () => {
      const watched = parts.current();
      if (!watched || parts.isSuspended()) return;
      watched.getState(config.healthTimeoutMs).then(
        (state) => {
          if (parts.current() !== watched || record.state.status !== 'qr_ready') return;
          if (state === 'UNPAIRED_IDLE') {
            // The library answers this state by a call that only exists in the page: no further code comes.
            on.idle();
            return;
          }
          // The event that says so may have come before the library listened, or never comes.
          if (state === 'CONNECTED') on.scanned();
          else watch();
        },
        (thrown: unknown) => {
          if (parts.current() !== watched) return;
          // A page that reloads has no answer yet.
          if (thrown instanceof TransportTimeoutError) parts.fail(thrown.message);
          else watch();
        },
      );
    });
  }

  return {
    show(text) {
      timers.clear('ready');
      const now = Date.now();
      endsAt ??= now + config.sessionTimeoutMs;
      const offerEndsAt = endsAt;
      noteCode(text, now);
      timers.set('offer', Math.max(0, endsAt - now), () => {
        on.expired(
          `Nobody scanned the code within ${Math.round(config.sessionTimeoutMs / 1000)} seconds. Ask for a new one.`,
        );
      });
      const offering = parts.current();
      QRCode.toDataURL(text).then(
        (qrCode) => {
          if (parts.current() !== offering || record.state.isPaired) return;
          record.change(
            {
              status: 'qr_ready',
              qrCode,
              qrRefreshesAt: refreshesAt === undefined ? undefined : new Date(refreshesAt),
              qrOfferEndsAt: new Date(offerEndsAt),
              error: undefined,
            },
            'qr_generated',
          );
          watch();
        },
        (thrown: unknown) => parts.fail(`The code could not be drawn: ${errorText(thrown)}`),
      );
    },
    watch,
    isOver: () => endsAt !== undefined && Date.now() >= endsAt,
    reset() {
      endsAt = undefined;
      shownText = undefined;
      shownAt = undefined;
      lifetimesMs = [];
      refreshesAt = undefined;
    },
  };
}
