import { describe, expect, test } from 'vitest';
import { checkFileName, cleanFileName } from '../../../main/gateway/channels/attachments/attachment-names';

describe('the name of a file', () => {
  test.each([
    ['invoice 7.pdf', 'invoice 7.pdf'],
    ['Rechnung für Zoë.pdf', 'Rechnung für Zoë.pdf'],
    ['请款单.pdf', '请款单.pdf'],
    ['/srv/invoices/7.pdf', '7.pdf'],
    ['C:\\invoices\\7.pdf', '7.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['a/b\\c.pdf', 'c.pdf'],
    ['line\r\nbreak.pdf', 'linebreak.pdf'],
    ['a\u0000b.pdf', 'ab.pdf'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['zero\u200Bwidth.pdf', 'zerowidth.pdf'],
    ['a<b>:"|?*.pdf', 'a_b______.pdf'],
    ['run.exe. . ', 'run.exe'],
    ['  padded.pdf  ', 'padded.pdf'],
    ['.htaccess', '.htaccess'],
    ['', 'attachment'],
    ['...', 'attachment'],
    ['folder/', 'attachment'],
    ['\u200B', 'attachment'],
  ])('%j is sent as %j', (name, expected) => {
    expect(cleanFileName(name)).toBe(expected);
  });

  test.each([
    [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(196)}.pdf`],
    ['y'.repeat(300), 'y'.repeat(200)],
    // That is no extension any more.
    [`${'z'.repeat(190)}.${'a'.repeat(50)}`, `${'z'.repeat(190)}.${'a'.repeat(9)}`],
  ])('is 200 characters long at most, and keeps its extension', (name, expected) => {
    expect(cleanFileName(name)).toBe(expected);
  });
});

describe('a program', () => {
  test.each([
    'setup.exe',
    'SETUP.EXE',
    'run.bat',
    'a.pdf.js',
    'macro.vbs',
    'link.lnk',
    'app.jar',
    'x.ps1',
    'page.hta',
  ])('is refused: %s', (name) => {
    expect(() => checkFileName(name)).toThrow(
      expect.objectContaining({ kind: 'permanent', code: 'attachment_type_refused' }) as Error,
    );
  });

  test.each([
    'invoice 7.pdf',
    'data.json',
    'sheet.xlsm',
    'archive.zip',
    'notes.txt',
    'photo.jpg',
    'page.html',
  ])('is not: %s', (name) => {
    expect(() => checkFileName(name)).not.toThrow();
  });

  test('hides behind nothing that a name is cleaned of', () => {
    for (const name of ['a.exe.', 'a.exe ', 'a.e\u200Bxe', 'a.exe\u0000', 'dir\\a.exe']) {
      expect(() => checkFileName(cleanFileName(name)), name).toThrow('is a program');
    }
  });
});
