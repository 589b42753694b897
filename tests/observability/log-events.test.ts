import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFileLogger } from '../../main/gateway/observability/file-logger';
import { logEvents } from '../../main/gateway/observability/log-events';

/** A call that writes a line: its key, and its sentence where that is a plain text. */
const writePattern =
  /\b(?:logger\.(?:error|warn|info|debug)|reportFault)\(\s*'(?<event>[^']*)',\s*(?:'(?<message>[^']*)')?/g;

function readWrites(): { readonly event: string; readonly message: string | undefined }[] {
  return readdirSync('main', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join('main', name), 'utf8').matchAll(writePattern)])
    .map(({ groups }) => ({ event: groups?.['event'] ?? '', message: groups?.['message'] }));
}

describe('the event keys', () => {
  const writes = readWrites();

  test('are a subject and what became of it, in order', () => {
    for (const event of logEvents) expect(event).toMatch(/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/);
    expect([...logEvents]).toEqual([...new Set(logEvents)].sort());
  });

  test('are those that the code writes, no more and no less', () => {
    expect([...new Set(writes.map(({ event }) => event))].sort()).toEqual([...logEvents]);
  });

  test('say one thing each, and nothing is said under two of them', () => {
    const said = new Set(writes.map(({ event, message }) => `${event}: ${message ?? ''}`));
    expect(said.size).toBe(logEvents.length);
    expect(new Set(writes.map(({ message }) => message)).size).toBe(logEvents.length);
  });
});

test('a line of the file has its key beside its sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-events-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const logger = createFileLogger({ folder, level: 'info' });
  logger.error('delivery.attempted', 'delivery attempt', { attempt: 2 });
  logger.stop();
  for (const name of ['combined.log', 'error.log']) {
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual({
      time: expect.any(String) as string,
      level: 'error',
      event: 'delivery.attempted',
      message: 'delivery attempt',
      attempt: 2,
    });
  }
});
