const controlsAndBreaks = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** all controls but tab and line feed */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Characters; a subject is shown in one line, and some 60 of them are read. */
const maxSubjectLength = 250;

/** One line: what breaks lines or is invisible becomes a space, so that no data can add a mail header. */
export function cleanSubject(subject: string): string {
  const line = subject.replace(controlsAndBreaks, ' ').replace(/ {2,}/g, ' ').trim();
  if (line.length <= maxSubjectLength) return line;
  return `${line.slice(0, maxSubjectLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Plain text with LF line ends and without the gaps that conditions of a template leave behind. */
export function cleanText(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      .replace(controls, '')
      .split('\n')
      // Not by a regular expression: on a long run of spaces it would take quadratic time.
      .map((line) => line.trimEnd())
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim()
  );
}
