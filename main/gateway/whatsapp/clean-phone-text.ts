/** Zero width and direction marks, the byte order mark, soft hyphen: they come along when a number is copied. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]/g;
const dashes = /[\p{Pd}\u2212\u30fc\u2796\u00af\u02d7]/gu;
const blanks = /[\s\p{Z}\u2800]+/gu;
/** Written before a number: RFC 3966, Twilio's way, and words. */
const label = /^(?:tel|sms|whatsapp|callto|phone|mobile|cell)\s*[:.]\s*/i;
/** WhatsApp's own ids, and RFC 3966's parameters. */
const addressPart = /@(?:c\.us|s\.whatsapp\.net)$|;(?:phone-context|isub)=.*$/i;
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

/**
 * A phone number as a person or a program wrote it, with ordinary blanks, dashes and digits, without invisible
 * marks, labels and an extension; a plus stands for `00`.
 */
export function cleanPhoneText(value: string | number): string {
  const plain = toAsciiDigits(String(value).replace(invisible, '').normalize('NFKC'))
    .replace(dashes, '-')
    .replace(blanks, ' ')
    .trim()
    .replace(label, '')
    .replace(addressPart, '')
    .replace(extension, '')
    .trim();
  return plain
    .replace(/^\(\s*((?:\+|00)[\d ]*)\)/, '$1 ')
    .replace(/^[+ ]*\+ ?/, '+')
    .replace(/^\+?0 ?0 ?(?=[1-9])/, '+')
    .replace(/^(\+[\d ]*)\( ?0 ?\)/, '$1 ')
    .trim();
}
