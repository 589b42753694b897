import type { AlertResult, AlertSettings } from '../../contracts/console/alert-calls';
import { createSingleFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import { alertSentence, composeAlert, type AlertMessage } from './alert-message';
import { isQuiet, readAlertSettings } from './alert-settings';
import type { ConsoleParts } from './console-parts';
import { readGatewayName } from './setup-state';
import type { AlertWatch } from './watches';

type Parts = Pick<
  ConsoleParts,
  'config' | 'gatewaySettings' | 'overview' | 'sendTestMail' | 'postAlert' | 'logger'
> & { readonly lookEveryMs?: number; readonly now?: () => Date };

const lookEveryMs = 30_000;
/** Seen, or missed, by so many looks: what comes and goes within a minute tells nobody. */
const looksUntilTold = 2;
const nameOfTold = 'alerts_told';

interface Matter {
  sentence: string;
  /** by looks, in a row */
  seen: number;
  missed: number;
  isTold: boolean;
}

/**
 * Looks at what needs a person, and tells by email and webhook: of each matter once, and once when it is over. In
 * quiet hours nobody is told; afterwards of what is still so.
 */
export function createAlertWatch(parts: Parts): AlertWatch {
  const { gatewaySettings, logger } = parts;
  const now = parts.now ?? (() => new Date());
  const matters = new Map<string, Matter>();
  let isRead = false;
  let isStopped = false;
  const looking = createSingleFlight(look);

  /** What was told before a restart is not told again. */
  async function readTold(): Promise<void> {
    if (isRead) return;
    const stored = await gatewaySettings.read(nameOfTold);
    for (const [id, sentence] of Object.entries((stored ?? {}) as Record<string, unknown>)) {
      if (typeof sentence === 'string') matters.set(id, { sentence, seen: 0, missed: 0, isTold: true });
    }
    isRead = true;
  }

  async function look(): Promise<void> {
    try {
      const settings = await readAlertSettings(gatewaySettings);
      if (!settings.isOn) return;
      await readTold();
      const attention = await parts.overview.attention();
      const details = new Map<string, string | null>();
      const present = new Set<string>();
      for (const about of attention) {
        const sentence = alertSentence(about);
        if (sentence === undefined) continue;
        present.add(about.id);
        details.set(about.id, about.detail);
        const known = matters.get(about.id) ?? { sentence, seen: 0, missed: 0, isTold: false };
        matters.set(about.id, { ...known, sentence, seen: known.seen + 1, missed: 0 });
      }
      for (const [id, matter] of matters) {
        if (present.has(id)) continue;
        if (!matter.isTold) matters.delete(id);
        else matters.set(id, { ...matter, seen: 0, missed: matter.missed + 1 });
      }
      if (isQuiet(settings, now()) || isStopped) return;
      const fresh = [...matters].filter(([, { isTold, seen }]) => !isTold && seen >= looksUntilTold);
      const over = [...matters].filter(([, { isTold, missed }]) => isTold && missed >= looksUntilTold);
      if (fresh.length === 0 && over.length === 0) return;
      const message = composeAlert(
        await readGatewayName(gatewaySettings),
        fresh.map(([id, { sentence }]) => ({ sentence, detail: details.get(id) ?? null })),
        over.map(([, { sentence }]) => sentence),
      );
      const results = await tell(settings, message);
      // By none of the ways: it is tried again at the next look.
      if (results.every(({ ok }) => !ok)) return;
      for (const [id, matter] of fresh) matters.set(id, { ...matter, isTold: true });
      for (const [id] of over) matters.delete(id);
      const kept = [...matters]
        .filter(([, { isTold }]) => isTold)
        .map(([id, { sentence }]) => [id, sentence] as const);
      await gatewaySettings.write(nameOfTold, Object.fromEntries(kept));
    } catch (thrown) {
      logger.warn('alert.failed', 'what needs attention could not be told', { error: errorText(thrown) });
    }
  }

  async function tell(settings: AlertSettings, message: AlertMessage): Promise<AlertResult[]> {
    const results: AlertResult[] = [];
    const { email, webhookUrl } = settings;
    const account = parts.config.systemSmtp;
    if (email !== '') {
      const { ok, message: words } = account
        ? await parts.sendTestMail(account, email, message)
        : { ok: false, message: 'There is no system mail account.' };
      results.push({ way: 'email', ok, message: words });
    }
    if (webhookUrl !== '') {
      const { ok, message: words } = await parts.postAlert(webhookUrl, {
        ...message,
        at: now().toISOString(),
      });
      results.push({ way: 'webhook', ok, message: words });
    }
    for (const { way, ok, message: words } of results) {
      if (!ok) logger.warn('alert.failed', 'an alert could not be sent', { way, error: words });
    }
    return results;
  }

  const timer = setInterval(() => void looking.run(), parts.lookEveryMs ?? lookEveryMs);
  timer.unref();

  return {
    tell,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await looking.running;
    },
  };
}
