import { createInstance } from 'i18next';
import { expect, test } from 'vitest';
import { attentionPage } from '../../main/contracts/console/attention-page';
import { attentionKinds } from '../../main/contracts/console/overview-calls';
import { isAllowedLink } from '../../main/desktop/allowed-links';
import { describeAttention } from '../../main/desktop/describe-attention';
import { describeAutostart } from '../../main/desktop/describe-autostart';
import { desktop as af } from '../../texts/af.json';
import { desktop as en } from '../../texts/en.json';

const matter = {
  id: '1',
  severity: 'warning',
  customerId: 'ACC001',
  tenantName: 'Thandi Trading',
  channel: 'email',
  count: 3,
  since: null,
  subject: null,
  detail: null,
} as const;

test.each(attentionKinds)('%s has words in both languages, and a page', async (kind) => {
  for (const [lng, desktop] of Object.entries({ en, af })) {
    const texts = createInstance();
    await texts.init({ lng, defaultNS: 'desktop', resources: { [lng]: { desktop } } });
    const said = describeAttention({ ...matter, kind }, { t: texts.t as never });
    expect(said).not.toContain('attention_');
    expect(said).not.toContain('{{');
    expect(said.length).toBeGreaterThan(10);
  }
  expect(attentionPage({ ...matter, kind })).toMatch(/^\//);
});

test('one message is not several, and the page is that of the tenant', async () => {
  const texts = createInstance();
  await texts.init({ lng: 'en', defaultNS: 'desktop', resources: { en: { desktop: en } } });
  const say = (count: number) =>
    describeAttention({ ...matter, kind: 'failed_messages', count }, { t: texts.t as never });
  expect(say(1)).toBe('Thandi Trading: 1 message failed.');
  expect(say(3)).toBe('Thandi Trading: 3 messages failed.');
  expect(attentionPage({ ...matter, kind: 'failed_messages' })).toBe(
    '/history?customerId=ACC001&status=failed',
  );
});

test('both languages have the same words, with the same gaps', () => {
  const gaps = (texts: Record<string, string>) =>
    Object.entries(texts).map(([key, text]) => [key, (text.match(/{{\w+}}/g) ?? []).sort()]);
  expect(new Map(gaps(af) as never)).toEqual(new Map(gaps(en) as never));
});

test.each([
  ['https://faq.whatsapp.com/1', true],
  ['http://127.0.0.1:3001/docs', true],
  ['https://example.com/', false],
  ['https://faq.whatsapp.com.example.com/', false],
  ['https://user@web.whatsapp.com/', false],
  ['http://web.whatsapp.com/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['ms-msdt:/id', false],
  ['nothing', false],
])('a link to %s: %s', (address, isAllowed) => {
  expect(isAllowedLink(address)).toBe(isAllowed);
});

test('an autostart file quotes what a path may hold', () => {
  expect(describeAutostart(['/opt/My "App"/100%', '--hidden'])).toContain(
    'Exec="/opt/My \\\\"App\\\\"/100%%" "--hidden"\n',
  );
});
