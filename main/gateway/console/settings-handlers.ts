import type { settingsCalls } from '../../contracts/console/settings-calls';
import {
  buildConfig,
  checkVariable,
  configurationVariables,
  findValue,
  isGuardedVariable,
  isSavable,
  type ConfigurationLayers,
} from '../config/config';
import { parseOrigins } from '../config/config-values';
import { ConfigurationError, GatewayError } from '../errors';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { describeChanges } from './describe-changes';
import { describeSettings, layersInForce, needsRestart } from './describe-settings';

type SettingsCalls = Extract<keyof typeof settingsCalls, `settings.${string}`>;

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The environment as a page: what holds, where it comes from, what waits for a restart. */
export function createSettingsHandlers(parts: ConsoleParts): ConsoleHandlers<SettingsCalls> {
  const { layers } = parts.config;

  /** What would be saved, and in force after a restart. @throws GatewayError `invalid_settings` */
  function merge(changes: Readonly<Record<string, string | null>>): ConfigurationLayers['saved'] {
    const problems: Problem[] = [];
    const merged = new Map(Object.entries(parts.savedSettings.read().values));
    for (const [name, value] of Object.entries(changes)) {
      const message = findProblem(name, value);
      if (message !== undefined) problems.push({ path: name, message });
      else if (value === null) merged.delete(name);
      else merged.set(name, value);
    }
    const saved = Object.fromEntries(merged);
    if (problems.length === 0) problems.push(...findConflicts({ ...layers, saved }, Object.keys(changes)));
    if (problems.length > 0) {
      const sentence = problems.map(({ message }) => message).join(' ');
      throw new GatewayError('invalid_settings', `Nothing was saved. ${sentence}`, 422, problems);
    }
    return saved;
  }

  function findProblem(name: string, value: string | null): string | undefined {
    if (!Object.hasOwn(configurationVariables, name)) return `There is no setting ${name}.`;
    if (!isSavable(name, layers.place)) return `${name} can only be set in the environment.`;
    if (findValue(layers, name).source === 'environment') {
      return `${name} is set in the environment or in .env, which wins: change it there.`;
    }
    return value === null ? undefined : checkVariable(name, value);
  }

  return {
    'settings.get'() {
      const variables = describeSettings(layersInForce(parts), parts.savedSettings.read().values);
      return Promise.resolve({ variables, restartNeeded: variables.some(({ pending }) => pending) });
    },
    'settings.check'({ name, value }) {
      const problem = findProblem(name, value.trim() === '' ? null : value);
      return Promise.resolve({ problem: problem ?? null });
    },
    async 'settings.save'({ values }, caller) {
      const changes = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, value?.trim() === '' ? null : value]),
      );
      const before = parts.savedSettings.read().values;
      const saved = merge(changes);
      const changed = describeChanges({ ...layers, saved: before }, { ...layers, saved });
      if (changed.some(({ name }) => isGuardedVariable(name))) await parts.confirmations.require(caller);
      parts.savedSettings.write(changes);
      await parts.audit.record({
        actor: caller.actor,
        action: 'gateway.settings_changed',
        customerId: null,
        detail: { settings: Object.keys(changes), changes: changed },
      });
      parts.overview.touch();
      return { restartNeeded: needsRestart(layersInForce(parts), saved) };
    },
    async 'settings.allowOrigin'({ origin }, caller) {
      const { pageOrigins, savedSettings } = parts;
      const isWaiting = pageOrigins.refused().some((refused) => refused.origin === origin);
      if (!isWaiting) {
        throw new GatewayError('origin_not_refused', 'This page is not waiting to be allowed.', 404);
      }
      await parts.confirmations.require(caller);
      // Set in the environment, it is changed there: until the next start the click is good all the same.
      if (findValue(layers, 'ALLOWED_ORIGINS').source !== 'environment') {
        const before = savedSettings.read().values;
        // What was saved and waits for a restart stays.
        const { allowed } = pageOrigins;
        const kept = before['ALLOWED_ORIGINS'] ?? (allowed === '*' ? allowed : allowed.join(','));
        const changes = { ALLOWED_ORIGINS: withOrigin(kept, origin) };
        merge(changes);
        savedSettings.write(changes);
      }
      pageOrigins.allow(origin);
      await parts.audit.record({
        actor: caller.actor,
        action: 'gateway.origin_allowed',
        customerId: null,
        detail: { origin },
      });
      parts.overview.touch();
      return {};
    },
  };
}

function withOrigin(list: string, origin: string): string {
  const known = parseOrigins(list);
  return known === '*' ? list : [...new Set([...known, origin])].join(',');
}

/** Values that make sense each and not together, at the first of the changed ones that the sentence names. */
function findConflicts(layers: ConfigurationLayers, changed: readonly string[]): Problem[] {
  try {
    buildConfig(layers);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigurationError)) throw thrown;
    const { message } = thrown;
    const named = changed.find((name) => new RegExp(`\\b${name}\\b`).test(message));
    return [{ path: named ?? '', message }];
  }
}
