import { describe, expect, test } from 'vitest';
import { listTestFiles, tierNames, tierOf } from './tiers';

describe('the tier of a test file', () => {
  test.each([
    ['of a pure function', 'tests/messages/formats.test.ts', 'unit'],
    ['of the engine without a database', 'tests/deliveries/outcome-recorder.test.ts', 'unit'],
    ['on a gateway', 'tests/http/intake.test.ts', 'database'],
    ['of the command line, which runs dist', 'tests/cli/modular-gateway.test.ts', 'database'],
    ['with a mail server', 'tests/channels/email/email-channel.test.ts', 'database'],
    ['with a PostgreSQL of its own', 'tests/storage/embedded/embedded-postgres.test.ts', 'database'],
    ['in a browser', 'tests/console-pages/overview.test.ts', 'browser'],
    ['with WhatsApp', 'tests/whatsapp/session-health.test.ts', 'browser'],
    ['with PHP', 'tests/php/gateway-client.test.ts', 'browser'],
    ['in Electron', 'tests/electron/desktop.test.ts', 'electron'],
    ['beside Electron, without it', 'tests/electron/electron-browsers.test.ts', 'unit'],
    ['of a whole program under load', 'tests/drills/kill.test.ts', 'drills'],
  ])('%s: %s is %s', (_what, file, tier) => {
    expect(tierOf(file)).toBe(tier);
  });

  test('is one of five, and each has files', () => {
    const files = listTestFiles();
    for (const name of tierNames) expect(files[name], name).not.toEqual([]);
    const all = tierNames.flatMap((name) => files[name]);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain('tests/support/tiers.test.ts');
  });
});
