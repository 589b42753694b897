import { Notification } from 'electron';
import { attentionPage } from '../contracts/console/attention-page';
import type { Attention } from '../contracts/console/overview-calls';
import type { AttentionWatch } from './attention';
import { describeAttention } from './describe-attention';
import type { DesktopTexts } from './desktop-texts';
import { createNotifiedIssues } from './notified-issues';
import type { Preferences } from './preferences';
import type { DesktopWindow } from './window';

/** Tells of what needs a person: of each matter once, as long as it lasts. */
export function setupNotifications(parts: {
  readonly attention: AttentionWatch;
  readonly preferences: Preferences;
  readonly texts: DesktopTexts;
  readonly window: DesktopWindow;
}): void {
  const { attention, preferences, texts, window } = parts;
  const notified = createNotifiedIssues();
  // One that nobody holds is collected, and its click with it.
  const shown = new Map<string, Notification>();

  function tell(matter: Attention): void {
    const notification = new Notification({
      title: 'Modular Gateway',
      body: describeAttention(matter, texts),
    });
    shown.set(matter.id, notification);
    notification.on('click', () => window.show(attentionPage(matter)));
    notification.on('close', () => shown.delete(matter.id));
    notification.show();
  }

  attention.onChange(({ attention: matters }) => {
    const fresh = notified.takeFresh(matters);
    for (const id of shown.keys()) if (!notified.isKnown(id)) shown.get(id)?.close();
    if (!preferences.get().notifications || !Notification.isSupported()) return;
    for (const matter of fresh) tell(matter);
  });
}
