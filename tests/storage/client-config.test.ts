import { expect, test } from 'vitest';
import { clientConfig } from '../../main/gateway/storage/database-client';
import { createMemoryLogger } from '../support/memory-logger';

const optionsOf = (url: string) =>
  clientConfig({ url, logger: createMemoryLogger(), applicationName: 'test' }).options ?? '';

test.each([
  'postgres://ann:p%40ss@db.example.com:6543/gateway',
  'postgresql://10.0.0.5/gateway',
  'postgres://ann@[2001:db8::1]:5432/gateway',
])('a server on another machine (%s) asks after connections that say nothing', (url) => {
  expect(optionsOf(url)).toMatch(/tcp_keepalives_idle=10 .*_interval=3 .*_count=3/);
});

test.each([
  'postgres://ann:secret@127.0.0.1:5432/gateway',
  'postgres://localhost/gateway',
  'postgres://ann@[::1]/gateway',
  'postgres:///gateway?host=/run/postgresql',
])('one on this machine (%s) need not: it sees them end', (url) => {
  expect(optionsOf(url)).not.toContain('keepalive');
});
