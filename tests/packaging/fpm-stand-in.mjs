#!/usr/bin/env node
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * As much of fpm as electron-builder uses for a .deb (CUSTOM_FPM_PATH), with Debian's own dpkg-deb: fpm itself is a
 * download that not every machine can make.
 */
const options = new Map();
const depends = [];
const recommends = [];
const mappings = [];
const args = process.argv.slice(2);
const withoutValue = new Set(['--force', '--debug']);
while (args.length > 0) {
  const arg = args.shift();
  if (arg === '-d') depends.push(args.shift());
  else if (arg === '--deb-recommends') recommends.push(args.shift());
  else if (arg.startsWith('-') && !arg.includes('=')) {
    if (!withoutValue.has(arg)) options.set(arg, args.shift());
  } else if (!arg.startsWith('-')) mappings.push(arg.split('='));
}

const root = mkdtempSync(join(tmpdir(), 'deb-'));
try {
  for (const [from, to] of mappings) {
    const target = join(root, to);
    mkdirSync(dirname(target), { recursive: true });
    if (statSync(from).isDirectory()) cpSync(from, target, { recursive: true, verbatimSymlinks: true });
    else copyFileSync(from, target);
  }
  const control = join(root, 'DEBIAN');
  mkdirSync(control);
  const fields = [
    ['Package', options.get('--name')],
    ['Version', options.get('--version')],
    ['Architecture', options.get('--architecture')],
    ['Maintainer', options.get('--maintainer')],
    ['Depends', depends.join(', ')],
    ['Recommends', recommends.join(', ')],
    ['Priority', options.get('--deb-priority')],
    ['Homepage', options.get('--url')],
    ['Description', options.get('--description').trim()],
  ];
  const text = fields.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(control, 'control'), text.join(''));
  for (const [name, option] of [
    ['postinst', '--after-install'],
    ['postrm', '--after-remove'],
  ]) {
    copyFileSync(options.get(option), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  chmodSync(root, 0o755);
  // Fast rather than small: it is for a test.
  execFileSync('dpkg-deb', [
    '--root-owner-group',
    '-Zgzip',
    '-z1',
    '--build',
    root,
    options.get('--package'),
  ]);
} finally {
  rmSync(root, { recursive: true, force: true });
}
