/**
 * What a country's numbers were and are: the ways in which one subscriber's number is written, the one of today
 * first. WhatsApp still knows some accounts by the number of yesterday, so it is asked for each in turn.
 */
type NumberingPlan = (national: string) => readonly string[];

/** Calling code → plan. Numbers are national: without calling code. */
const plans: Readonly<Record<string, NumberingPlan>> = {
  // Mexico, 2019: no 1 before mobile numbers from abroad, no 01, 044, 045 at home.
  '52': (national) => {
    const [, ten] = /^(?:01|04[45]|1)?(\d{10})$/.exec(national) ?? [];
    return ten === undefined ? [national] : [ten, `1${ten}`];
  },
  // Brazil, 2012 to 2016: a 9 before the eight digits of mobile numbers, which begin with 6 to 9.
  '55': (national) => {
    const [, area, eight] = /^([1-9]\d)9?([6-9]\d{7})$/.exec(national) ?? [];
    return area === undefined || eight === undefined ? [national] : [`${area}9${eight}`, `${area}${eight}`];
  },
  // Argentina: a 9 before the area from abroad, a 15 after it at home; many leave out both.
  '54': (national) => {
    const ten = withoutFifteen(/^9?(\d{10}|\d{12})$/.exec(national)?.[1] ?? '');
    return ten === undefined ? [national] : [`9${ten}`, ten];
  },
  // Benin, 2024: 01 before the eight digits.
  '229': (national) => {
    const [, eight] = /^(?:01)?(\d{8})$/.exec(national) ?? [];
    return eight === undefined ? [national] : [`01${eight}`, eight];
  },
  // Ivory Coast, 2021: the operator's two digits before the eight; the second digit tells the operator.
  '225': (national) => {
    const [, second = ''] = /^[04-9](\d)\d{6}$/.exec(national) ?? [];
    if (second === '') return [national];
    const operator = second < '4' ? '01' : second < '7' ? '05' : '07';
    return [`${operator}${national}`, national];
  },
};

/** Area codes of Argentina have 2 (Buenos Aires), 3 or 4 digits; area and number have ten. */
function withoutFifteen(digits: string): string | undefined {
  if (digits.length === 10) return digits;
  const lengths = digits.startsWith('11') ? [2] : [3, 4];
  for (const length of lengths) {
    if (digits.slice(length, length + 2) === '15') return digits.slice(0, length) + digits.slice(length + 2);
  }
  return undefined;
}

/** The ways to write a national number, today's first; itself where its country has changed nothing. */
export function listNationalForms(callingCode: string, national: string): readonly string[] {
  return plans[callingCode]?.(national) ?? [national];
}
