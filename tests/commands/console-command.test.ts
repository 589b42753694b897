import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, serverEnvironment, spawnCommand } from '../cli/run-command-line';
import { builtCli } from '../support/built-cli';
import { callGateway } from '../support/call-gateway';
import { findFreePort } from '../support/find-free-port';
import { findProgram } from '../support/install-test-programs';
import { cookieOf } from '../support/sign-in';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const script = process.platform === 'linux' ? findProgram('script') : undefined;
const password = 'seven wet pelicans';
let folder: string;
let database: TestDatabase;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-command-'));
  database = await createTestDatabase();
  env = {
    ...serverEnvironment(database.name, folder),
    HOST: '127.0.0.1',
    PORT: String(await findFreePort()),
  };
});
afterAll(async () => {
  await database.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Serving {
  readonly child: ChildProcess;
  readonly origin: string;
  /** what stands behind `console: ` */
  readonly consoleUrl: string;
  readonly lines: readonly string[];
  stop(): Promise<number | null>;
}

async function serve(further: NodeJS.ProcessEnv = {}): Promise<Serving> {
  const child = spawnCommand(['serve'], { env: { ...env, ...further } });
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  child.stderr!.resume();
  const line = await waitUntil(() => lines.find((text) => text.startsWith('console: ')), {
    what: 'the address of the console',
  });
  const consoleUrl = line.slice('console: '.length);
  return {
    child,
    origin: new URL(consoleUrl).origin,
    consoleUrl,
    lines,
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      const [code] = (await closed) as [number | null];
      return code;
    },
  };
}

const tokenOf = (url: string) => /#\/login\?token=([A-Za-z0-9_-]{43})$/.exec(url)?.[1];
const signIn = (origin: string, body: object) => callGateway(origin, '/console/login', { body });
const run = (args: readonly string[], input?: string) => runCommand(['console', ...args], { env, input });

describe('modular-gateway serve', () => {
  it('prints where the console is: a link that signs in once, until there is a password', async () => {
    const first = await serve();
    let cookie: string;
    try {
      const token = tokenOf(first.consoleUrl);
      expect(first.consoleUrl).toBe(`http://127.0.0.1:${env['PORT']}/console/#/login?token=${token}`);
      expect(first.lines.filter((line) => line.startsWith('console: '))).toHaveLength(1);
      // The log has other readers than the terminal.
      expect(first.lines.filter((line) => line.startsWith('{')).join('\n')).not.toContain(token);
      const signedIn = await signIn(first.origin, { link_token: token });
      expect(signedIn.status).toBe(200);
      cookie = cookieOf(signedIn);
      expect((await signIn(first.origin, { link_token: token })).status).toBe(401);

      // The commands work beside it.
      const made = await run(['link', '--json']);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const { url, expires_at } = made.json() as { url: string; expires_at: string };
      expect(url.startsWith(`http://127.0.0.1:${env['PORT']}/console/#/login?token=`)).toBe(true);
      expect(Date.parse(expires_at)).toBeGreaterThan(Date.now());
      expect((await signIn(first.origin, { link_token: tokenOf(url) })).status).toBe(200);
    } finally {
      expect(await first.stop()).toBe(0);
    }

    const second = await serve();
    try {
      // The session outlived the restart.
      const session = () => callGateway(second.origin, '/console/session', { headers: { cookie } });
      expect((await session()).body).toMatchObject({ signed_in: true, password_set: false });

      expect(await run(['password', '--json'], `${password}\n`)).toMatchObject({
        code: 0,
        stdout: '{"success":true}\n',
      });
      expect((await session()).body).toMatchObject({ signed_in: false, password_set: true });
      const signedIn = await signIn(second.origin, { password });
      expect(signedIn.status).toBe(200);

      expect((await run(['sign-out-all', '--json'])).json()).toEqual({ success: true, sessions: 1 });
      cookie = cookieOf(signedIn);
      expect((await session()).body).toMatchObject({ signed_in: false });
    } finally {
      expect(await second.stop()).toBe(0);
    }

    const third = await serve();
    try {
      expect(third.consoleUrl).toBe(`http://127.0.0.1:${env['PORT']}/console/`);
    } finally {
      await third.stop();
    }
  });
});

describe('modular-gateway console', () => {
  it('link and password work while no gateway runs', async () => {
    const made = await run(['link']);
    expect(made.code).toBe(0);
    expect(tokenOf(made.stdout.split('\n')[0] ?? '')).toBeDefined();
    expect(await run(['password'], password)).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuses passwords that are too short, and says so in one line', async () => {
    for (const input of ['', 'too short', '\n']) {
      const refused = await run(['password', '--json'], input);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(/^error: A password must have 10 to 1,000 characters\.\n$/);
    }
  });

  // util-linux's script gives a program a terminal to sit at.
  it.skipIf(script === undefined)(
    'password is typed at a terminal without being shown (skipped without script)',
    async () => {
      const typed = async (second: string) => {
        const child = spawn(script ?? '', ['-qefc', `node ${builtCli()} console password`, '/dev/null'], {
          env,
        });
        let seen = '';
        child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        const closed = once(child, 'close');
        for (const [prompt, text] of [
          ['New password: ', password],
          ['The same again: ', second],
        ] as const) {
          await waitUntil(() => seen.includes(prompt), { what: prompt });
          child.stdin.write(`${text}\r`);
        }
        const [code] = (await closed) as [number | null];
        child.stdin.destroy();
        return { code, seen };
      };
      const set = await typed(password);
      expect(set.seen).toContain('The password of the console is set');
      expect(set.code).toBe(0);
      const differ = await typed('eight wet pelicans');
      expect(differ.seen).toContain('two different passwords');
      expect(differ.code).toBe(1);
      for (const { seen } of [set, differ]) expect(seen).not.toContain('wet pelicans');
    },
  );

  it('link says when the console is turned off, or its address is not known', async () => {
    const off = await runCommand(['console', 'link'], { env: { ...env, GATEWAY_CONSOLE: 'off' } });
    expect(off).toMatchObject({ code: 1, stdout: '' });
    expect(off.stderr).toContain('GATEWAY_CONSOLE');
    const other = await createTestDatabase();
    try {
      const unknown = await runCommand(['console', 'link'], {
        env: { ...env, DB_NAME: other.name, PORT: '0' },
      });
      expect(unknown).toMatchObject({ code: 1, stdout: '' });
      expect(unknown.stderr).toContain('PORT is 0');
    } finally {
      await other.stop();
    }
  });

  it('is used wrongly with another word', async () => {
    expect(await run(['nothing'])).toMatchObject({ code: 2, stdout: '' });
  });
});
