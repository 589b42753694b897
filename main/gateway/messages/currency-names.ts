import { currencyCodes } from '../../contracts/currency-codes';

/** Signs and names that no list of Unicode's holds, or that it gives to one of several. */
const furtherWords: Readonly<Record<string, string>> = {
  $: 'USD AUD BBD BMD BND BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD UYU XCD',
  kr: 'SEK NOK DKK ISK',
  'kr.': 'DKK NOK SEK ISK',
  fr: 'CHF XAF XOF XPF',
  'fr.': 'CHF XAF XOF XPF',
  sfr: 'CHF',
  'sfr.': 'CHF',
  franken: 'CHF',
  rs: 'INR PKR LKR NPR MUR SCR',
  'rs.': 'INR PKR LKR NPR MUR SCR',
  '¥': 'JPY CNY',
  元: 'CNY TWD HKD',
  円: 'JPY',
  圆: 'CNY',
  rmb: 'CNY',
  renminbi: 'CNY',
  r: 'ZAR',
  r$: 'BRL',
  us$: 'USD',
  usd$: 'USD',
  $us: 'USD',
  u$s: 'USD',
  au$: 'AUD',
  a$: 'AUD',
  ca$: 'CAD',
  c$: 'CAD NIO',
  nz$: 'NZD',
  hk$: 'HKD',
  nt$: 'TWD',
  s$: 'SGD',
  n$: 'NAD',
  j$: 'JMD',
  b$: 'BND BSD BBD',
  mx$: 'MXN',
  mex$: 'MXN',
  sterling: 'GBP',
  'pound sterling': 'GBP',
  'pounds sterling': 'GBP',
  'gb£': 'GBP',
  'uk£': 'GBP',
  'e£': 'EGP',
  'gh₵': 'GHS',
  'gh¢': 'GHS',
  '₵': 'GHS',
  ksh: 'KES',
  kshs: 'KES',
  'ksh.': 'KES',
  '/=': 'KES TZS UGX',
  tsh: 'TZS',
  tshs: 'TZS',
  ush: 'UGX',
  ushs: 'UGX',
  sh: 'KES TZS UGX SOS',
  cfa: 'XAF XOF',
  fcfa: 'XAF XOF',
  'f cfa': 'XAF XOF',
  zł: 'PLN',
  zl: 'PLN',
  kč: 'CZK',
  kc: 'CZK',
  ft: 'HUF',
  лв: 'BGN',
  'лв.': 'BGN',
  lei: 'RON MDL',
  leu: 'RON MDL',
  руб: 'RUB',
  'руб.': 'RUB',
  'p.': 'RUB BWP',
  p: 'BWP PHP',
  k: 'ZMW PGK MMK MWK LAK',
  l: 'HNL LSL',
  c: 'CRC GHS',
  krona: 'SEK ISK',
  krone: 'NOK DKK',
  kroner: 'NOK DKK',
  'dollar américain': 'USD',
  'dólar americano': 'USD',
  'fr. cfa': 'XAF XOF',
  грн: 'UAH',
  'грн.': 'UAH',
  tl: 'TRY',
  's/': 'PEN',
  's/.': 'PEN',
  rm: 'MYR',
  rp: 'IDR',
  'rp.': 'IDR',
  bs: 'BOB VES',
  'bs.': 'BOB VES',
  dh: 'AED MAD',
  dhs: 'AED MAD',
  'د.إ': 'AED',
  'د.م.': 'MAD',
  'ر.س': 'SAR',
  'د.ك': 'KWD',
  'ج.م': 'EGP',
  nis: 'ILS',
  'ש״ח': 'ILS',
  'ש"ח': 'ILS',
  br: 'ETB BYN',
  birr: 'ETB',
  'b/.': 'PAB',
  tt$: 'TTD',
  ec$: 'XCD',
  bds$: 'BBD',
  bz$: 'BZD',
  fj$: 'FJD',
  g$: 'GYD',
  l$: 'LRD',
  rd$: 'DOP',
  col$: 'COP',
  cop$: 'COP',
  ar$: 'ARS',
  clp$: 'CLP',
  le: 'SLE',
  mk: 'MWK',
  mt: 'MZN',
  mtn: 'MZN',
  zig: 'ZWG',
  tk: 'BDT',
  'tk.': 'BDT',
  '৳': 'BDT',
  රු: 'LKR',
  '௹': 'INR LKR',
  din: 'RSD DZD TND JOD IQD KWD BHD LYD MKD',
  'din.': 'RSD',
  дин: 'RSD',
  'дин.': 'RSD',
  ден: 'MKD',
  km: 'BAM',
  lek: 'ALL',
  'тг.': 'KZT',
  тг: 'KZT',
  сом: 'KGS UZS',
  "so'm": 'UZS',
  人民币: 'CNY',
  人民幣: 'CNY',
  日元: 'JPY',
  日圓: 'JPY',
  美元: 'USD',
  美金: 'USD',
  欧元: 'EUR',
  歐元: 'EUR',
  港元: 'HKD',
  港币: 'HKD',
  港幣: 'HKD',
  新台幣: 'TWD',
  евро: 'EUR',
  доллар: 'USD AUD CAD NZD SGD HKD',
  ευρώ: 'EUR',
  يورو: 'EUR',
  '﷼': 'IRR SAR YER OMR QAR',
  // The sign that people mean by it; who has another pound as the own currency means that.
  '£': 'GBP',
};

/** Of whom `£` may be the own sign. */
export const poundCodes: ReadonlySet<string> = new Set([
  'GBP',
  'EGP',
  'FKP',
  'GIP',
  'LBP',
  'SHP',
  'SDG',
  'SSP',
  'SYP',
]);

/** In which names are known: those of the catalogues and of the neighbours. */
const languages = ['en', 'af', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'sv', 'da', 'pl'];

let words: Map<string, ReadonlySet<string>> | undefined;

/** Sign or name, as `toCurrencyWord` writes it → the codes that it may mean. Made at first use, in some 30 ms. */
export function currencyWords(): ReadonlyMap<string, ReadonlySet<string>> {
  words ??= collectWords();
  return words;
}

/** One spelling for a sign or a name: no invisible marks, one blank, small letters. */
export function toCurrencyWord(text: string): string {
  return text
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

function collectWords(): Map<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const add = (text: string | undefined, code: string) => {
    const word = toCurrencyWord(text ?? '');
    if (word === '' || word === code.toLowerCase()) return;
    const codes = found.get(word);
    if (codes) codes.add(code);
    else found.set(word, new Set([code]));
  };
  for (const language of languages) {
    const names = new Intl.DisplayNames([language], { type: 'currency' });
    for (const code of currencyCodes) {
      const name = names.of(code);
      if (name === undefined || name === code) continue;
      const noun = name.split(/[\s-]/).at(language === 'en' || language === 'de' ? -1 : 0);
      // The noun alone: `Rand` is one currency, `Dollar` is many.
      for (const word of [name, noun]) add(word, code);
      // Good enough for plurals: what is no word is in nobody's way.
      if (/^(?:en|fr|es|pt)$/.test(language)) for (const word of [name, noun]) add(`${word ?? ''}s`, code);
    }
  }
  for (const code of currencyCodes) {
    const format = new Intl.NumberFormat('en', {
      style: 'currency',
      currency: code,
      currencyDisplay: 'narrowSymbol',
    });
    add(format.formatToParts(5).find(({ type }) => type === 'currency')?.value, code);
  }
  for (const [word, codes] of Object.entries(furtherWords)) {
    found.set(toCurrencyWord(word), new Set(codes.split(' ')));
  }
  return found;
}
