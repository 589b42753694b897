import type { ConfigurationLayers } from '../config/config';
import type { Logger } from '../observability/logger';

/** Names the saved settings that the gateway starts without, and why. */
export function logUnusedSettings({ unreadable, ignored }: ConfigurationLayers, logger: Logger): void {
  if (unreadable.length > 0) {
    logger.warn('settings.unreadable', 'saved settings cannot be read with this key and count as not set', {
      settings: unreadable.join(', '),
    });
  }
  if (ignored.length > 0) {
    logger.warn(
      'settings.ignored',
      'saved settings ignored: without a window, only the environment sets them',
      { settings: ignored.join(', ') },
    );
  }
}
