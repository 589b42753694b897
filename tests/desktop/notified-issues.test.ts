import { expect, test } from 'vitest';
import { createNotifiedIssues } from '../../main/desktop/notified-issues';

const minute = 60_000;

function watch() {
  let clock = 0;
  const told = createNotifiedIssues(() => clock);
  return {
    pass: (ms: number) => (clock += ms),
    isKnown: (id: string) => told.isKnown(id),
    see: (...ids: string[]) => told.takeFresh(ids.map((id) => ({ id }))).map(({ id }) => id),
  };
}

test('a matter is told once as long as it lasts, others when they come', () => {
  const { pass, see } = watch();
  expect(see('disk_full')).toEqual(['disk_full']);
  expect(see('disk_full', 'port_moved')).toEqual(['port_moved']);
  pass(60 * minute);
  expect(see('disk_full', 'port_moved')).toEqual([]);
});

test('one that was away for a moment, as while the gateway restarts, is not told again', () => {
  const { pass, see, isKnown } = watch();
  see('disk_full');
  expect(see()).toEqual([]);
  pass(minute);
  expect(see()).toEqual([]);
  expect(isKnown('disk_full')).toBe(true);
  pass(minute - 1);
  expect(see('disk_full')).toEqual([]);
  pass(60 * minute);
  expect(see('disk_full')).toEqual([]);
});

test.each([
  ['looked for meanwhile', true],
  ['not looked for meanwhile', false],
])('one that was away for longer is told again, %s', (_, isLookedFor) => {
  const { pass, see, isKnown } = watch();
  see('disk_full');
  see();
  pass(minute);
  if (isLookedFor) see();
  pass(minute);
  if (isLookedFor) {
    see();
    expect(isKnown('disk_full')).toBe(false);
  }
  expect(see('disk_full')).toEqual(['disk_full']);
});
