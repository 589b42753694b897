import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run drill -- NAME`: one drill in its long form. Variables that are set already win, for a form of one's own. */
const drills = {
  clock: { what: 'the clock jumps by hours, forwards and back', files: ['clock'] },
  flood: {
    what: '100,000 requests and packets of strangers, and an intruder for a minute',
    files: ['flood', 'intruder'],
    env: { FLOOD_REQUESTS: '100000', INTRUDER_SECONDS: '60' },
  },
  frozen: {
    what: 'the gateway stands still for an hour',
    files: ['frozen'],
    env: { FROZEN_SECONDS: '3600' },
  },
  growth: {
    what: '300 tenants on a server of a hundred connections',
    files: ['growth'],
    env: { GROWTH_TENANTS: '300', GROWTH_CONNECTIONS: '100' },
  },
  hogs: {
    what: "two minutes of huge bodies, with the times of another tenant's events judged",
    files: ['hogs'],
    env: { HOGS_SECONDS: '120' },
  },
  kill: {
    what: 'kill -9 of the gateway at fifty random moments, of PostgreSQL, and a stop under load',
    files: ['kill'],
    env: { KILL_ROUNDS: '50' },
  },
  'slow-mail': { what: 'a mail server that takes its time', files: ['slow-mail'] },
  standby: {
    what: 'the primary of two database servers is killed, or stands still, under load, and its standby takes over',
    files: ['standby'],
    env: { STANDBY_EVENTS: '1500' },
  },
  'two-gateways': {
    what: 'one of two gateways is killed twenty times',
    files: ['two-gateways'],
    env: { TWO_GATEWAYS_ROUNDS: '20' },
  },
  'whatsapp-takeover': {
    what: 'a gateway is killed while it sends by WhatsApp',
    files: ['whatsapp-takeover'],
  },
};

const [name, ...more] = process.argv.slice(2);
const drill = name !== undefined && Object.hasOwn(drills, name) ? drills[name] : undefined;
if (!drill) {
  const width = Math.max(...Object.keys(drills).map((known) => known.length));
  const list = Object.entries(drills).map(([known, { what }]) => `  ${known.padEnd(width)}  ${what}`);
  console.error(['npm run drill -- NAME', '', ...list].join('\n'));
  process.exit(2);
}
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const files = drill.files.map((file) => `tests/drills/${file}.test.ts`);
const child = spawn(process.execPath, [vitest, 'run', ...files, ...more], {
  stdio: 'inherit',
  env: { ...drill.env, ...process.env },
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
