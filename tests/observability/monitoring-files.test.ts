import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics } from '../../main/gateway/observability/metrics';
import { createSignals } from '../../main/gateway/signals';

const folder = 'examples/monitoring';
const read = (name: string) => readFileSync(`${folder}/${name}`, 'utf8');

async function metricNames(): Promise<Set<string>> {
  const metrics = createMetrics({
    signals: createSignals(() => undefined),
    tenants: () => [],
    sockets: () => 0,
    databaseConnections: () => ({ limit: 10, used: 2, waiting: 0 }),
  });
  try {
    const { text } = await metrics.read();
    return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] ?? ''));
  } finally {
    metrics.stop();
  }
}

test.each(['alerts.yml', 'grafana-dashboard.json'])(
  'every metric in %s is one that the gateway has',
  async (file) => {
    const names = await metricNames();
    const used = new Set(read(file).match(/\b(?:gateway|process|nodejs)_[a-z0-9_]+\b/g));
    expect(used.size).toBeGreaterThan(3);
    expect([...used].filter((name) => !names.has(name))).toEqual([]);
  },
);

test('every metric of the gateway is in the dashboard, but for how long reading them takes', async () => {
  const own = [...(await metricNames())].filter((name) => name.startsWith('gateway_'));
  const dashboard = read('grafana-dashboard.json');
  expect(own.filter((name) => !dashboard.includes(name))).toEqual(['gateway_metrics_duration_seconds']);
});

test('the dashboard is one that Grafana can read', () => {
  const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
    panels: { id: number; targets: unknown[] }[];
  };
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  for (const panel of dashboard.panels) expect(panel.targets.length).toBeGreaterThan(0);
});
