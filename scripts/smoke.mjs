#!/usr/bin/env node
/**
 * `npm run smoke`: the built gateway, tried as a person would, on any system and without a test framework: doctor,
 * serve, tenant, event → mail and signed webhook, kills, an orderly stop, backup and restore. All of it in a folder
 * whose name has a blank, an umlaut and letters outside any one code page.
 *
 * --cli FILE        the command line to try (default: dist/main/cli.js)
 * --in FOLDER       makes its folders there (default: the system's for temporary files)
 * --plain           in plain letters, for systems whose folders cannot have others
 * --without A,B     leaves out steps that a system lacks the means for: webhook
 */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as startRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const self = fileURLToPath(import.meta.url);
const onWindows = process.platform === 'win32';
/** For one step, on a machine that does much else. */
const waitMs = 120_000;
const customerId = 'SMOKE1';
const webhookSecret = `whsec_${Buffer.from('smoke-smoke-smoke-smoke-smoke-32').toString('base64')}`;

const { values: options } = parseArgs({
  options: {
    cli: { type: 'string', default: resolve(self, '..', '..', 'dist', 'main', 'cli.js') },
    in: { type: 'string', default: tmpdir() },
    plain: { type: 'boolean', default: false },
    without: { type: 'string', default: '' },
    serve: { type: 'boolean', default: false },
  },
});

// The gateway itself, in a process of its own. Windows knows no signal that another program could send and this one
// could handle: there it comes as a message, and is treated as the Ctrl-C that it stands for.
if (options.serve) {
  process.on('message', (signal) => process.emit(signal, signal));
  process.argv = [process.argv[0], options.cli, 'serve'];
  await import(pathToFileURL(options.cli).href);
} else {
  await smoke();
}

async function smoke() {
  const without = options.without.split(',').filter(Boolean);
  const name = options.plain ? 'smoke gateway ' : 'smoke Büro Łódź Юля 会社 ';
  const root = mkdtempSync(join(resolve(options.in), name));
  const closers = [];
  const startedAt = performance.now();
  const done = (what) => say(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  try {
    await walk({ root, without, closers, done });
    say('\nsmoke: all is well');
  } catch (thrown) {
    say(`\nsmoke: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
    showLogs(root);
    process.exitCode = 1;
  } finally {
    for (const close of closers.reverse()) await close();
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function walk({ root, without, closers, done }) {
  const dataDir = join(root, options.plain ? 'data folder' : 'Daten und Schlüssel');
  const mails = await startMailSink();
  const webhooks = await startWebhookSink();
  closers.push(mails.close, webhooks.close);
  const port = await findFreePort();
  const env = makeEnvironment(dataDir, port, mails.port);

  const findings = await command(env, 'doctor', '--json');
  assert(findings.ok, `doctor finds something amiss: ${JSON.stringify(findings.checks)}`);
  done('doctor finds nothing amiss, and has made a database');

  let gateway = await serve(env, port, closers);
  done(`serves on port ${port}`);

  const { api_key: apiKey } = await command(
    env,
    'tenant',
    'add',
    customerId,
    '--name',
    'Büro Ünïcode',
    '--json',
  );
  assert(apiKey, 'tenant add prints no key');
  await command(
    env,
    ...['settings', 'set', customerId, '--json', 'email_enabled=true', 'webhook_enabled=true'],
    ...['allow_private_urls=true', `webhook_url=http://127.0.0.1:${webhooks.port}/hook`],
    `webhook_secret=${webhookSecret}`,
  );
  done('has a tenant');

  const send = (id) => postEvent(port, apiKey, id);
  await send('first@example.com');
  await mails.wait('first@example.com');
  done('an event became a mail');
  if (!without.includes('webhook')) {
    await webhooks.wait('first@example.com');
    done('and a signed webhook');
  }

  const serverBefore = readServerId(dataDir);
  await gateway.kill();
  gateway = await serve(env, port, closers);
  assert(
    readServerId(dataDir) === serverBefore,
    'the database server of the killed gateway was not used again',
  );
  await send('second@example.com');
  await mails.wait('second@example.com');
  done('killed and started again: the same database server, and mails go out');

  process.kill(serverBefore, 'SIGKILL');
  await waitFor('another database server', () => readServerId(dataDir) !== serverBefore);
  await waitFor('events to be taken again', () =>
    send('third@example.com').then(
      () => true,
      () => false,
    ),
  );
  await mails.wait('third@example.com');
  done('the database was killed and is back');

  const file = join(root, options.plain ? 'a backup.tar.gz' : 'Sicherung für später.tar.gz');
  await command(env, 'backup', file, '--with-secrets', '--json');
  assert(existsSync(file), 'there is no backup');
  done('has a backup');

  const exitCode = await gateway.stop();
  assert(exitCode === 0, `Ctrl-C ended it with ${exitCode}`);
  await waitFor('the database to be down', () => readServerId(dataDir) === undefined);
  const lastLines = readServerLog(dataDir).trim().split('\n').slice(-4).join('\n');
  assert(
    /database system is shut down/.test(lastLines),
    `PostgreSQL was not shut down in order:\n${lastLines}`,
  );
  assert(!/abnormal|immediate shutdown/.test(lastLines), `PostgreSQL ended abnormally:\n${lastLines}`);
  done('Ctrl-C stopped it in order, and PostgreSQL with it');

  const restored = makeEnvironment(join(root, options.plain ? 'restored' : 'zurückgeholt'), port, mails.port);
  await command(restored, 'restore', file, '--json');
  const { tenants } = await command(restored, 'tenant', 'list', '--json');
  assert(
    tenants?.some((tenant) => tenant.customer_id === customerId),
    `the restored gateway has no tenant ${customerId}: ${JSON.stringify(tenants)}`,
  );
  gateway = await serve(restored, port, closers);
  await postEvent(port, apiKey, 'fourth@example.com');
  await mails.wait('fourth@example.com');
  assert((await gateway.stop()) === 0, 'the restored gateway did not stop in order');
  done('a restored one has the tenant, its key and its settings');
}

/** Nothing of whoever starts this: a DB_HOST, say, that stands in the environment. */
function makeEnvironment(dataDir, port, smtpPort) {
  const kept =
    /^(PATH|SYSTEMROOT|WINDIR|SYSTEMDRIVE|TEMP|TMP|TMPDIR|HOME|LANG|USERPROFILE|USERNAME|USERDOMAIN|APPDATA|LOCALAPPDATA|PROGRAMDATA|PUBLIC|WINE\w*)$/i;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name))),
    HOST: '127.0.0.1',
    PORT: String(port),
    GATEWAY_DATA_DIR: dataDir,
    SYSTEM_SMTP_HOST: '127.0.0.1',
    SYSTEM_SMTP_PORT: String(smtpPort),
    SYSTEM_SMTP_FROM_EMAIL: 'office@example.com',
  };
}

/** Runs a command of the gateway's and returns the JSON it prints. */
async function command(env, ...args) {
  const child = spawn(process.execPath, [options.cli, ...args], {
    env,
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const code = await ended(child, 120_000);
  assert(code === 0, `${args.slice(0, 2).join(' ')} ended with ${code}: ${err()}${out()}`);
  return JSON.parse(out());
}

async function serve(env, port, closers) {
  const args = [self, '--serve', '--cli', options.cli];
  const child = spawn(process.execPath, args, {
    env,
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    if (isOver()) return;
    child.kill('SIGKILL');
    await ended(child, 15_000);
  };
  closers.push(kill);
  await waitFor('the gateway to be healthy', async () => {
    assert(!isOver(), `the gateway ended: ${err()}${out()}`);
    const answer = await call(port, 'GET', '/health').catch(() => undefined);
    return answer?.status === 200 && JSON.parse(answer.text).status === 'ok';
  });
  return {
    kill,
    stop() {
      if (onWindows) child.send('SIGINT');
      else child.kill('SIGINT');
      return ended(child, 20_000);
    },
  };
}

async function postEvent(port, apiKey, email) {
  const event = {
    event_type: 'invoice:sent',
    event_data: {
      invoice_id: 4711,
      invoice_number: 'INV-ü-4711',
      client_name: 'Zoë Müller',
      client_email: email,
      total_amount: 1500,
    },
  };
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const answer = await call(port, 'POST', '/api/events', headers, JSON.stringify(event));
  assert(answer.status === 202, `the event was answered with ${answer.status}: ${answer.text}`);
}

/** Not by fetch: its keep-alive is more than Wine has. */
function call(port, method, path, headers = {}, body = undefined) {
  return new Promise((resolvePromise, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false, timeout: 10_000 };
    const request = startRequest(options, (response) => {
      const text = collect(response);
      response.on('end', () => resolvePromise({ status: response.statusCode, text: text() }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.on('error', reject);
    request.end(body);
  });
}

/** As much of a mail server as a test needs. */
async function startMailSink() {
  const mails = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let text = '';
    let inData = false;
    socket.write('220 smoke ESMTP\r\n');
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        if (inData) {
          const end = text.indexOf('\r\n.\r\n');
          if (end === -1) return;
          mails.push(text.slice(0, end));
          text = text.slice(end + 5);
          inData = false;
          socket.write('250 taken\r\n');
          continue;
        }
        const end = text.indexOf('\r\n');
        if (end === -1) return;
        const verb = text.slice(0, 4).toUpperCase();
        text = text.slice(end + 2);
        if (verb === 'DATA') inData = true;
        socket.write(verb === 'DATA' ? '354 go on\r\n' : verb === 'QUIT' ? '221 bye\r\n' : '250 fine\r\n');
      }
    });
  });
  await listen(server);
  return {
    port: server.address().port,
    wait: (to) => waitFor(`a mail to ${to}`, () => mails.some((mail) => mail.includes(to))),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function startWebhookSink() {
  const bodies = [];
  let failure;
  const server = createHttpServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    // https://www.standardwebhooks.com
    const signed = `${request.headers['webhook-id']}.${request.headers['webhook-timestamp']}.${body}`;
    const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
    const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
    if (!String(request.headers['webhook-signature']).split(' ').includes(expected))
      failure = 'a wrong signature';
    bodies.push(body);
    response.writeHead(204).end();
  });
  await listen(server);
  return {
    port: server.address().port,
    wait: (word) =>
      waitFor(`a webhook about ${word}`, () => {
        assert(failure === undefined, `the webhook has ${failure}`);
        return bodies.some((body) => body.includes(word));
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function postgresFolder(dataDir) {
  return join(dataDir, 'postgres');
}

/** The process id of the database server; undefined: none runs. */
function readServerId(dataDir) {
  try {
    const id = Number(
      readFileSync(join(postgresFolder(dataDir), 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0],
    );
    return id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}

function readServerLog(dataDir) {
  const folder = postgresFolder(dataDir);
  const files = [join(folder, 'postgres.log')];
  if (existsSync(join(folder, 'log')))
    files.push(...readdirSync(join(folder, 'log')).map((name) => join(folder, 'log', name)));
  return files.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('');
}

function showLogs(root) {
  for (const name of readdirSync(root)) {
    const log = join(root, name, 'logs', 'combined.log');
    if (existsSync(log)) say(`\n${log}\n${readFileSync(log, 'utf8').split('\n').slice(-25).join('\n')}`);
    const server = readServerLog(join(root, name));
    if (server !== '') say(`\nPostgreSQL\n${server.split('\n').slice(-25).join('\n')}`);
  }
}

function collect(stream) {
  let text = '';
  stream.on('data', (chunk) => (text += chunk.toString()));
  return () => text;
}

function ended(child, timeoutMs) {
  return new Promise((resolvePromise, reject) => {
    if (child.exitCode !== null || child.signalCode !== null)
      return resolvePromise(child.exitCode ?? child.signalCode);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${child.spawnargs.slice(1, 4).join(' ')} did not end within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolvePromise(code ?? signal);
    });
  });
}

function listen(server) {
  return new Promise((resolvePromise, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolvePromise);
  });
}

async function findFreePort() {
  const server = createServer();
  await listen(server);
  const { port } = server.address();
  await new Promise((resolvePromise) => server.close(resolvePromise));
  return port;
}

async function waitFor(what, isSo) {
  const deadline = performance.now() + waitMs;
  while (!(await isSo())) {
    assert(performance.now() < deadline, `waited in vain for ${what}`);
    await sleep(100);
  }
}

function assert(isSo, message) {
  if (!isSo) throw new Error(message);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
