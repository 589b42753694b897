import { expect, test } from 'vitest';
import { splitShellWords } from '../../main/gateway/config/config-values';

test.each([
  ['--disk-cache-dir=C:\\cache --x', ['--disk-cache-dir=C:\\cache', '--x']],
  ['"--load=C:\\Program Files\\ext" y', ['--load=C:\\Program Files\\ext', 'y']],
  ["'C:\\a b\\' z", ['C:\\a b\\', 'z']],
  ['\\\\server\\share', ['\\\\server\\share']],
  ['a\\ b \\"c', ['a b', '"c']],
  ['--dir=C:\\', ['--dir=C:\\']],
])('on Windows %s keeps the backslashes of its paths', (text, words) => {
  expect(splitShellWords(text, 'win32')).toEqual(words);
});

test.each([
  ['a\\ b', ['a b']],
  ['a\\\\b', ['a\\b']],
  ['"a\\"b" \'c\\d\'', ['a"b', 'c\\d']],
])('elsewhere %s is split as a shell does', (text, words) => {
  expect(splitShellWords(text, 'linux')).toEqual(words);
  expect(() => splitShellWords('a\\', 'linux')).toThrow();
});
