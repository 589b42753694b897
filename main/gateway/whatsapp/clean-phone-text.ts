/** Zero width and direction marks, the byte order mark, soft hyphen: they come along when a number is copied. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]/g;
const dashes = /[\p{Pd}\u2212\u30fc\u2796\u00af\u02d7]/gu;
/** Superscripts, circled and Roman ones, fractions. */
const otherNumbers = /[\p{No}\p{Nl}]/u;
const blanks = /[\s\p{Z}\u2800]+/gu;
/** Written before a number: RFC 3966, Twilio's way, and words. */
const label = /^(?:tel|sms|whatsapp|callto|phone|mobile|cell)\s*[:.]\s*/i;
/** WhatsApp's links to a chat. */
const chatLink =
  /^(?:https?:\/\/)?(?:wa\.me\/|(?:api|web)\.whatsapp\.com\/send\/?\?phone=)(\+?\d+)(?:[?&].*)?$/i;
/** How spreadsheets and floating point write a long number: `27825550142.0`, `2.7825550142E+10`, `'27825550142`. */
const decimalZeros = /^(\+?\d{7,15})\.0{1,2}$/;
const exponent = /^\d(?:\.\d{1,14})?e\+?\d{1,2}$/i;
/** `(work)`, `(Thandi)`: whose it is, beside the number. */
const remark = /\s*\([^\d()]{1,40}\)/g;
/** WhatsApp's own ids, and RFC 3966's parameters. */
const addressPart = /@(?:c\.us|s\.whatsapp\.net)$|;(?:phone-context|isub)=.*$/i;
/** RFC 3966: the country of a local number. */
const phoneContext = /^(.*?);phone-context=(\+\d{1,4})(?:;.*)?$/i;
/** `ext 12`, `x12`, `#12`, `;ext=12`, `доб. 12`: a line inside of a company, which WhatsApp knows nothing of. */
const extension = /\s*[;,]?\s*(?:ext(?:ension|n)?|x|#|доб|int)\s*[.:=#]?\s*\d{1,7}$/i;

/** Digits of any script as ASCII: libphonenumber knows three of them. */
function toAsciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    if (code < 0x80) return digit;
    // Each script's ten digits stand in a row; the zero is where the row of decimal digits begins.
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String(code - zero);
  });
}

/** Are these the digits of a number, so that what follows may be an extension? */
function isWhole(text: string): boolean {
  return text.replace(/\D/g, '').length >= (/^(?:\+|00)/.test(text) ? 8 : 7);
}

function wholeNumber(text: string): string {
  const digits = decimalZeros.exec(text)?.[1];
  if (digits !== undefined) return digits;
  // Only where every digit is there: `2.78E+10` has lost some.
  if (!exponent.test(text)) return text;
  const written = text.split(/e/i)[0]?.replace('.', '') ?? '';
  const whole = String(Number(text));
  return written.length >= whole.length - 1 && /^\d{9,15}$/.test(whole) ? whole : text;
}

/**
 * A phone number as a person or a program wrote it, with ordinary blanks, dashes and digits, without invisible
 * marks, labels and an extension; a plus stands for `00`.
 */
export function cleanPhoneText(value: string | number): string {
  const visible = String(value).replace(invisible, '');
  // A footnote's mark would become one more digit: such a number is left as it is, and is none.
  if (otherNumbers.test(visible)) return visible.trim();
  const plain = toAsciiDigits(visible.normalize('NFKC'))
    .replace(dashes, '-')
    .replace(blanks, ' ')
    .trim()
    .replace(label, '')
    .replace(phoneContext, (_all, number: string, country: string) =>
      number.startsWith('+') ? number : `${country} ${number}`,
    )
    .replace(addressPart, '')
    .replace(extension, (all: string, at: number, whole: string) => (isWhole(whole.slice(0, at)) ? '' : all))
    .replace(chatLink, '$1')
    .replace(/^['’]\s*(?=[+\d(])/, '')
    .replace(remark, '')
    .trim();
  return wholeNumber(plain)
    .replace(/^\(\s*((?:\+|00)[\d ]*)\)/, '$1 ')
    .replace(/^[+ ]*\+ ?/, '+')
    .replace(/^\+?0 ?0 ?(?=[1-9])/, '+')
    .replace(/^(\+[\d ]*)\( ?0 ?\)/, '$1 ')
    .trim();
}
