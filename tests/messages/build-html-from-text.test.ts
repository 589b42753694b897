import { describe, expect, it } from 'vitest';
import { buildHtmlFromText } from '../../main/gateway/messages/build-html-from-text';

describe('buildHtmlFromText', () => {
  it('makes paragraphs and line breaks, and escapes everything', () => {
    const html = buildHtmlFromText(
      'Hello <b>you</b>,\n\nfirst & last\nsecond "line"',
      'A <title>',
      'Karoo & Co',
    );
    expect(html).toContain('>Hello &lt;b&gt;you&lt;/b&gt;,</p>');
    expect(html).toContain('>first &amp; last<br>second &quot;line&quot;</p>');
    expect(html).toContain('<title>A &lt;title&gt;</title>');
    expect(html).toContain('>Karoo &amp; Co</td>');
  });

  it('links web addresses and leaves the punctuation of the sentence outside', () => {
    const html = buildHtmlFromText('See (https://example.com/a?b=1&c=2). Or http://example.org!', 't', '');
    expect(html).toMatch(
      /\(<a href="https:\/\/example\.com\/a\?b=1&amp;c=2"[^>]*>https:\/\/example\.com\/a\?b=1&amp;c=2<\/a>\)\./,
    );
    expect(html).toMatch(/>http:\/\/example\.org<\/a>!/);
  });

  it('cannot be led to end the attribute of a link', () => {
    const html = buildHtmlFromText('https://example.com/"onmouseover="alert(1) javascript:alert(1)', 't', '');
    expect(html).toContain('href="https://example.com/"');
    expect(html).not.toContain('"onmouseover');
    expect(html).not.toContain('href="javascript');
  });
});
