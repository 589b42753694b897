import { LRUCache } from 'lru-cache';

/** Of the catalogue's templates. What begins with these is ours to turn; a tenant's own page is not. */
const ownAttributes = 'lang="en" dir="ltr"';

export type Direction = 'ltr' | 'rtl';

const directions = new LRUCache<string, Direction>({ max: 200 });

/** ISO 15924 codes of the scripts that run from right to left. */
const rightToLeftScripts = new Set([
  'Adlm',
  'Arab',
  'Aran',
  'Hebr',
  'Mand',
  'Mend',
  'Nkoo',
  'Rohg',
  'Samr',
  'Syrc',
  'Thaa',
  'Yezi',
]);

/** Which way the script of a locale runs; what is no locale runs as English does. */
export function directionOf(locale: string): Direction {
  let direction = directions.get(locale);
  if (direction === undefined) {
    direction = rightToLeftScripts.has(scriptOf(locale) ?? '') ? 'rtl' : 'ltr';
    directions.set(locale, direction);
  }
  return direction;
}

function scriptOf(locale: string): string | undefined {
  try {
    return new Intl.Locale(locale).maximize().script;
  } catch {
    return undefined;
  }
}

/** The language of a locale with its script and region, as `lang` takes it: without calendars and the like. */
function languageTag(locale: string): string {
  try {
    return new Intl.Locale(locale).baseName;
  } catch {
    return 'en';
  }
}

/** The attributes of a page's outermost elements in a locale. */
export function languageAttributes(locale: string): string {
  return `lang="${languageTag(locale)}" dir="${directionOf(locale)}"`;
}

/**
 * Gives a template of our own look the language of a locale, and mirrors it where that runs from right to left.
 * Every paragraph keeps its own direction (`dir="auto"`): English words in a Hebrew mail read well.
 */
export function localizeTemplate(html: string, locale: string): string {
  if (!html.includes(`<html ${ownAttributes}>`)) return html;
  const attributes = languageAttributes(locale);
  if (attributes === ownAttributes) return html;
  const inLanguage = html.replaceAll(ownAttributes, attributes);
  return directionOf(locale) === 'rtl' ? mirror(inLanguage) : inLanguage;
}

const sides = /(?<=text-align:|align="|padding-|border-|margin-)(?:left|right)\b/g;

function mirror(html: string): string {
  return (
    html
      .replace(sides, (side) => (side === 'left' ? 'right' : 'left'))
      // Letters that join would come apart.
      .replace(/letter-spacing:[^;"]*;/g, '')
  );
}
