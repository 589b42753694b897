import { expect, test } from 'vitest';
import { readChanges } from '../../renderer/pages/settings/read-changes';

test.each([
  [
    { changes: [{ name: 'smtp_port', before: 587, after: 465 }] },
    [{ name: 'smtp_port', before: 587, after: 465 }],
  ],
  [{ changes: [{ name: 'locale', after: 'af-ZA' }] }, [{ name: 'locale', before: null, after: 'af-ZA' }]],
  [{ changes: ['smtp_port', null, 7, {}] }, []],
  [{ changes: 'smtp_port' }, []],
  [{ settings: ['smtp_port'] }, []],
  [{}, []],
])('what an entry of the audit log says of changed settings: %o', (detail, expected) => {
  expect(readChanges(detail)).toEqual(expected);
});
