import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHelpPage } from '../../main/gateway/http/help-pages';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
const textOf = (name: string) => readFileSync(join('docs', name), 'utf8');

let gateway: TestGateway;
let tenant: TestTenant;
beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
});
afterAll(() => gateway.stop());

async function get(path: string, follow: 'manual' | 'follow' = 'manual') {
  const response = await fetch(`${gateway.origin}${path}`, {
    redirect: follow,
    headers: { accept: 'text/html' },
  });
  return {
    status: response.status,
    url: response.url,
    headers: response.headers,
    text: await response.text(),
  };
}

describe('GET /help', () => {
  it('serves every page of docs/, and their pictures', async () => {
    for (const page of pages) {
      const { status, headers, text } = await get(`/help/${page.replace('.md', '')}`);
      expect(status, page).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(text).toContain('<h1 ');
      expect(text).not.toContain('<script');
    }
    for (const picture of readdirSync('docs/images')) {
      const { status, headers } = await get(`/help/images/${picture}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^image\/(png|webp)$/);
    }
  });

  it('has no link of its own that leads nowhere', async () => {
    const seen = new Set<string>();
    const waiting = [`${gateway.origin}/help`];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const path = next.slice(gateway.origin.length);
      const { status, url, text } = await get(path, 'follow');
      expect(status, path).toBe(200);
      if (!/\/help(\/|$)/.test(url)) continue;
      for (const [, href = ''] of text.matchAll(/(?:href|src)="([^"]+)"/g)) {
        const target = new URL(href.replaceAll('&amp;', '&'), url);
        if (target.origin !== gateway.origin || seen.has(target.pathname)) continue;
        seen.add(target.pathname);
        waiting.push(`${gateway.origin}${target.pathname}`);
      }
    }
    expect(seen.size).toBeGreaterThan(pages.length);
  });

  it('is found with a slash behind it, too', async () => {
    const page = await get('/help/', 'follow');
    expect(page.status).toBe(200);
    expect(page.url).toBe(`${gateway.origin}/help`);
  });

  it('hands out nothing but pages and pictures', async () => {
    for (const path of [
      '/help/..%2fREADME',
      '/help/decisions',
      '/help/x',
      '/help/images/..%2findex.md',
      '/help/images/x.png',
    ]) {
      expect((await gateway.call(path)).status, path).toBe(404);
    }
  });

  it('shows HTML as text, and makes links of nothing but pages and web addresses', async () => {
    const { body } = await renderHelpPage(
      '# T\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](data:text/html,x) [c](//evil.example) ![d](http://evil.example/x.png) [e](https://example.com/?a=1&b=2) **<img src=x onerror=y>**',
      [],
      'help',
    );
    expect(body).not.toMatch(/<script|<img|javascript:|"data:|"\/\/evil/);
    expect(body).toContain('href="https://example.com/?a=1&amp;b=2"');
    const marked = await renderHelpPage('# T\n\n<!-- mark -->\n\ntext', [], 'help');
    expect(marked.body).not.toContain('mark');
  });
});

describe('what docs/ say', () => {
  it('names every page on the contents page, but those of other kinds', () => {
    const index = textOf('index.md');
    for (const page of pages) {
      if (page === 'index.md' || page === 'operations.md') continue;
      expect(index, page).toContain(`(${page})`);
    }
  });

  it('links to pages that are there', () => {
    for (const page of pages) {
      for (const [, target = ''] of textOf(page).matchAll(/\]\((?!https?:|\/)([^)#]+)[^)]*\)/g)) {
        expect(existsSync(join('docs', target)), `${page}: ${target}`).toBe(true);
      }
    }
  });

  it('explains error messages that the gateway really gives', () => {
    const sources = ['main', 'php/src']
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
      )
      .filter((name) => /\.(ts|php)$/.test(name))
      .map((name) => readFileSync(name, 'utf8'))
      .join('\n');
    const headings = [...textOf('troubleshooting.md').matchAll(/^### (.+)$/gm)].map(([, text = '']) => text);
    expect(headings.length).toBeGreaterThan(20);
    for (const heading of headings) {
      for (const part of heading.split('…').map((text) => text.trim())) {
        if (part.length > 3) expect(sources, heading).toContain(part);
      }
    }
  });

  it('shows events that are accepted', async () => {
    const examples = pages.flatMap((page) =>
      [...textOf(page).matchAll(/```json\n([^`]+)```/g)].map(([, text = '']) => ({ page, text })),
    );
    let events = 0;
    for (const { page, text } of examples) {
      const body = JSON.parse(text) as Record<string, unknown>;
      if (!('event_data' in body)) continue;
      events += 1;
      const { status, body: answer } = await tenant.post('/api/events', body);
      expect([status, answer], page).toEqual([202, expect.objectContaining({ success: true })]);
    }
    expect(events).toBeGreaterThanOrEqual(2);
  });

  it('shows an event type and a template that can be saved', async () => {
    const [, type = '{}'] = /```json\n([^`]+)```/.exec(textOf('own-event-types.md')) ?? [];
    const saved = await tenant.post('/api/event-types', JSON.parse(type));
    expect([saved.status, saved.body]).toEqual([200, expect.objectContaining({ success: true })]);
    const sent = await tenant.post('/api/events', {
      event_type: 'delivery:dispatched',
      event_data: (JSON.parse(type) as { sample: object }).sample,
    });
    expect(sent.status).toBe(202);
    const template = [...textOf('events-and-templates.md').matchAll(/```json\n([^`]+)```/g)]
      .map(([, text = '{}']) => JSON.parse(text) as object)
      .find((body) => 'template' in body);
    expect((await tenant.post('/api/templates/preview', template)).body).toMatchObject({
      preview: { problems: [] },
    });
    expect((await tenant.post('/api/templates', template)).status).toBe(200);
  });

  it('shows the command line of getting-started as it works', async () => {
    const [, body = ''] = /-d '(\{[^']+\})'/.exec(textOf('getting-started.md')) ?? [];
    expect((await tenant.post('/api/events', JSON.parse(body))).status).toBe(202);
  });
});
