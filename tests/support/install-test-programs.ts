import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TierName } from './tiers';

interface TestProgram {
  readonly commands: readonly string[];
  /** in place of commands, for what is no program: any of these files */
  readonly files?: readonly string[];
  /** in place of commands, for an extension of PHP: its name in `php -m` */
  readonly phpModule?: string;
  /** Debian's package */
  readonly packageName: string;
  readonly neededFor: string;
  readonly tiers: readonly TierName[];
}

const programs: readonly TestProgram[] = [
  {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    packageName: 'chromium',
    neededFor: 'WhatsApp sessions and the browser pages',
    // Electron needs the libraries that come with it.
    tiers: ['browser', 'electron'],
  },
  { commands: ['php'], packageName: 'php-cli', neededFor: 'the PHP examples', tiers: ['browser'] },
  {
    commands: [],
    phpModule: 'curl',
    packageName: 'php-curl',
    neededFor: 'the PHP examples',
    tiers: ['browser'],
  },
  {
    commands: [],
    phpModule: 'pgsql',
    packageName: 'php-pgsql',
    neededFor: 'the PHP examples',
    tiers: ['browser'],
  },
  {
    commands: ['Xvfb'],
    packageName: 'xvfb',
    neededFor: 'visible windows: pairing in a browser, the desktop app',
    tiers: ['browser', 'electron'],
  },
  {
    commands: ['postfix'],
    packageName: 'postfix',
    neededFor: 'mail through a real Postfix',
    tiers: ['database'],
  },
  {
    commands: ['dovecot'],
    packageName: 'dovecot-core',
    neededFor: 'bounces read from a real mailbox',
    tiers: ['database'],
  },
  {
    commands: [],
    files: ['/usr/lib/dovecot/imap', '/usr/libexec/dovecot/imap'],
    packageName: 'dovecot-imapd',
    neededFor: 'bounces read from a real mailbox',
    tiers: ['database'],
  },
  {
    commands: ['makensis'],
    packageName: 'nsis',
    neededFor: "compiling the Windows installer's script",
    tiers: ['unit'],
  },
  {
    commands: [],
    // Comes with most browsers. The other libraries that Electron asks for are those of Debian's chromium.
    files: ['/usr/lib/x86_64-linux-gnu/libgtk-3.so.0', '/usr/lib64/libgtk-3.so.0', '/usr/lib/libgtk-3.so.0'],
    packageName: 'libgtk-3-0',
    neededFor: 'the desktop app in a real Electron',
    tiers: ['electron'],
  },
  {
    commands: [],
    files: ['/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'],
    packageName: 'libfaketime',
    neededFor: 'the drill with a clock that jumps',
    tiers: ['drills'],
  },
];

/** Debian keeps what only administrators run here; not everybody's PATH has it. */
const furtherFolders = process.platform === 'linux' ? ['/usr/sbin', '/usr/local/sbin'] : [];

/** The path of the first of these programs that is installed. */
export function findProgram(...commands: readonly string[]): string | undefined {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...furtherFolders]) {
    for (const command of commands) {
      const path = join(folder, command);
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}

function isInstalled({ commands, files, phpModule }: TestProgram): boolean {
  if (phpModule !== undefined) return listPhpModules().includes(phpModule);
  if (!files) return findProgram(...commands) !== undefined;
  // Libraries are Linux's way; elsewhere programs bring their own.
  return process.platform !== 'linux' || process.arch !== 'x64' || files.some((file) => existsSync(file));
}

function listPhpModules(): string[] {
  const php = findProgram('php');
  if (php === undefined) return [];
  return execFileSync(php, ['-m'], { encoding: 'utf8' }).toLowerCase().split(/\s+/);
}

export interface MissingProgram {
  /** Debian's package */
  readonly packageName: string;
  readonly neededFor: string;
}

/** What the tests of one tier need, or all tests, and this machine lacks. */
export function listMissingPrograms(tier?: string): MissingProgram[] {
  return programs.filter(
    (program) => (tier === undefined || program.tiers.some((name) => name === tier)) && !isInstalled(program),
  );
}

/**
 * Installs what the tests need and the machine lacks, where it may: as root on Debian or Ubuntu.
 * @returns what is missing still
 */
export function installTestPrograms(): MissingProgram[] {
  const names = listMissingPrograms().map((program) => program.packageName);
  if (names.length > 0 && process.getuid?.() === 0 && findProgram('apt-get') !== undefined) {
    console.log(`Installing ${names.join(', ')} for the tests …`);
    try {
      const options = {
        stdio: 'ignore',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      } as const;
      execFileSync('apt-get', ['update'], options);
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...names], options);
    } catch {
      // The caller says what is missing.
    }
  }
  return listMissingPrograms();
}
