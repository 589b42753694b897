import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configurationVariables } from '../../main/gateway/config/config-variables';
import af from '../../texts/af.json';
import en from '../../texts/en.json';

type Texts = ReadonlyMap<string, string>;

/** `overview.day.title` → what stands there */
function flatten(value: unknown, path: readonly string[] = []): [string, string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  return Object.entries(value as object).flatMap(([name, inner]) => flatten(inner, [...path, name]));
}
const english: Texts = new Map(flatten(en));
const afrikaans: Texts = new Map(flatten(af));

const placeholders = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name]) => name).sort();
/** A sentence for one may leave out the number. */
const isPlural = (key: string) => /_(zero|one|two|few|many|other)$/.test(key);

async function readSources(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name));
  return (await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))).join(
    '\n',
  );
}

describe('the texts of the console', () => {
  test('are the same in both languages', () => {
    expect([...afrikaans.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test('name every variable, with a sentence', () => {
    expect(Object.keys(en.settings.variable).sort()).toEqual(Object.keys(configurationVariables).sort());
  });

  test('have the same placeholders in both languages', () => {
    const differing = [...english].filter(
      ([key, text]) =>
        !isPlural(key) && placeholders(text).join() !== placeholders(afrikaans.get(key) ?? '').join(),
    );
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  test('say something everywhere', () => {
    const empty = [...english, ...afrikaans].filter(([, text]) => text.trim() === '');
    expect(empty).toEqual([]);
  });

  test('have a plural for each singular', () => {
    const alone = [...english.keys()].filter(
      (key) => key.endsWith('_one') && !english.has(`${key.slice(0, -'_one'.length)}_other`),
    );
    expect(alone).toEqual([]);
  });

  // That none is missing is the compiler's to say: the keys are types.
  test('are all used', async () => {
    const source = `${await readSources('renderer')}${await readSources('main/desktop')}`;
    const literals = new Set(
      [...source.matchAll(/['"`]([\w.:]+)['"`]/g)].map(([, literal]) => (literal ?? '').replace(/^\w+:/, '')),
    );
    // `attention.${kind}.title`: what stands for a name in the middle fits any one.
    const patterns = [...source.matchAll(/`(?:\w+:)?((?:[\w.]*\$\{[^}]+\})+[\w.]*)`/g)].map(
      ([, template]) =>
        new RegExp(`^${(template ?? '').replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '\\w+')}$`),
    );
    const unused = [...english.keys()].filter((key) => {
      const [, ...rest] = key.split('.');
      const name = rest.join('.').replace(/_(one|other)$/, '');
      return !literals.has(name) && !patterns.some((pattern) => pattern.test(name));
    });
    expect(unused).toEqual([]);
  });
});
