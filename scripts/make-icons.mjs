import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/**
 * Draws the app's icons from the shapes below: `node scripts/make-icons.mjs [path of a Chromium]`. The files it
 * makes are kept in the repository; it runs again when the shapes change.
 */
const desktop = fileURLToPath(new URL('../main/desktop', import.meta.url));
const packaging = join(desktop, 'packaging');
const trayFolder = join(desktop, 'icons');
/** The console's, when it is put on a phone's home screen; the names change with the shapes, as browsers keep them. */
const pageFolder = fileURLToPath(new URL('../renderer/public/assets', import.meta.url));
const executablePath = process.argv[2] ?? '/usr/bin/chromium';

/** A gate with two leaves, and a message that goes through. */
function draw(size, { gate, message, badge }) {
  const dot = badge ? `<circle cx="78" cy="78" r="20" fill="${badge}" stroke="#fff" stroke-width="5"/>` : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 100 100">
  <rect x="4" y="4" width="92" height="92" rx="22" fill="${gate}"/>
  <path d="M24 24 L38 31 V69 L24 76 Z M76 24 L62 31 V69 L76 76 Z" fill="#fff" fill-opacity=".35"/>
  <path d="M20 50 H70 M55 34 L72 50 L55 66" fill="none" stroke="${message}" stroke-width="11"
    stroke-linecap="round" stroke-linejoin="round"/>${dot}
</svg>
`;
}

const looks = {
  app: { gate: '#0f766e', message: '#ffffff' },
  ok: { gate: '#0f766e', message: '#ffffff' },
  attention: { gate: '#0f766e', message: '#ffffff', badge: '#f59f00' },
  stopped: { gate: '#868e96', message: '#f1f3f5' },
};

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage();

async function render(look, size) {
  await page.setViewportSize({ width: Math.max(size, 16), height: Math.max(size, 16) });
  await page.setContent(`<style>body{margin:0;line-height:0}</style>${draw(size, looks[look])}`);
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } });
}

/** Windows: a directory of pictures, each a whole PNG (since Vista). */
function makeIco(pictures) {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let offset = head.length;
  pictures.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index;
    // 0 stands for 256.
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...pictures.map(({ png }) => png)]);
}

/** macOS: parts under the names that stand for a size. */
function makeIcns(pictures) {
  const names = { 128: 'ic07', 256: 'ic08', 512: 'ic09', 1024: 'ic10' };
  const parts = pictures.map(({ size, png }) => {
    const head = Buffer.alloc(8);
    head.write(names[size], 'latin1');
    head.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([head, png]);
  });
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 4);
  return Buffer.concat([head, ...parts]);
}

/** Phones cut a shape of their own out of it: the ground goes to the edge. */
async function renderMaskable(size) {
  await page.setViewportSize({ width: size, height: size });
  const drawn = draw(size * 0.8, { ...looks.app, gate: 'none' });
  await page.setContent(
    `<style>body{margin:0;background:${looks.app.gate};display:grid;place-items:center;height:100vh}</style>${drawn}`,
  );
  return page.screenshot({ clip: { x: 0, y: 0, width: size, height: size } });
}

async function renderAll(sizes) {
  const pictures = [];
  for (const size of sizes) pictures.push({ size, png: await render('app', size) });
  return pictures;
}

mkdirSync(trayFolder, { recursive: true });
mkdirSync(join(packaging, 'icons'), { recursive: true });
writeFileSync(join(packaging, 'icon.svg'), draw(512, looks.app));
writeFileSync(join(packaging, 'icon.ico'), makeIco(await renderAll([16, 24, 32, 48, 64, 128, 256])));
writeFileSync(join(packaging, 'icon.icns'), makeIcns(await renderAll([128, 256, 512, 1024])));
for (const size of [16, 32, 48, 64, 128, 256, 512]) {
  writeFileSync(join(packaging, 'icons', `${size}x${size}.png`), await render('app', size));
}
writeFileSync(join(trayFolder, 'window.png'), await render('app', 128));
for (const state of ['ok', 'attention', 'stopped']) {
  for (const size of [16, 32])
    writeFileSync(join(trayFolder, `${state}-${size}.png`), await render(state, size));
}
mkdirSync(pageFolder, { recursive: true });
for (const size of [192, 512]) {
  writeFileSync(join(pageFolder, `icon-1-${size}.png`), await render('app', size));
}
writeFileSync(join(pageFolder, 'icon-1-maskable.png'), await renderMaskable(512));
await browser.close();
