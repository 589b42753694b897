import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * For compose.demo.yml: adds the customer DEMO, and sends a sample of each event type, one after another, for ever.
 * It runs in the gateway's image, beside the gateway, on the same databases.
 */
const url = process.env.GATEWAY_URL ?? 'http://gateway:3001';
const paceMs = Number(process.env.DEMO_PACE_MS ?? 5_000);
const rounds = Number(process.env.DEMO_ROUNDS ?? Infinity);
const program = process.env.GATEWAY_PROGRAM ?? 'main/modular-gateway.mjs';
const run = promisify(execFile);

async function runCommand(...args) {
  const { stdout } = await run(process.execPath, [program, ...args, '--json']);
  return JSON.parse(stdout);
}

async function addCustomer() {
  const { tenants } = await runCommand('tenant', 'list');
  if (tenants.some(({ customer_id: id }) => id === 'DEMO')) {
    return (await runCommand('key', 'create', 'DEMO')).api_key;
  }
  const { api_key: key } = await runCommand('tenant', 'add', 'DEMO', '--name', 'Demo Trading');
  await runCommand('settings', 'set', 'DEMO', 'whatsapp_enabled=false');
  return key;
}

async function call(key, path, body) {
  const response = await fetch(`${url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

const key = await addCustomer();
const { event_types: types } = await call(key, '/api/event-types');
for (let round = 0; round < rounds; round += 1) {
  for (const { type } of types) {
    const { event_type: shown } = await call(key, `/api/event-types/${encodeURIComponent(type)}`);
    const { event_id: id } = await call(key, '/api/events', { event_type: type, event_data: shown.sample });
    console.log(`${type}: event ${id}`);
    await sleep(paceMs);
  }
}
