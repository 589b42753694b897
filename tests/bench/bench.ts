import { writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { withStage } from './bench-stage';
import { type BenchRow, formatTable, judgeRow } from './bench-table';
import { type Cost, createCostMeter, formatCosts } from './cost-meter';
import { measureHistoryPage } from './history-page-figures';
import { measureDeliveries } from './measure-deliveries';
import { measureFirstPaint } from './measure-first-paint';
import { measureHistory } from './measure-history';
import { measureIntake } from './measure-intake';
import { measureLatency } from './measure-latency';
import { measureMemory } from './measure-memory';
import { measureWhatsApp } from './measure-whatsapp';

const usage = `npm run bench -- [--quick] [--json FILE]

  --quick          a minute instead of five: fewer rounds, 100,000 old deliveries
  --json FILE      also writes the table with the figures of each round
  --only PART      intake, deliveries, latency, history, page or whatsapp; repeatable
  --node-argument  for the gateway's node, repeatable: --node-argument=--cpu-prof`;

const full = {
  rounds: 3,
  intakeMs: 3_000,
  oldDeliveries: 1_000_000,
  webhooks: 15_000,
  mails: 4_000,
  bareMs: 3_000,
  latencyEvents: 400,
  idleMs: 30_000,
  whatsappTexts: 600,
  whatsappDocuments: 6,
};
const quick = {
  rounds: 2,
  intakeMs: 1_500,
  oldDeliveries: 100_000,
  webhooks: 5_000,
  mails: 1_500,
  bareMs: 1_500,
  latencyEvents: 100,
  idleMs: 10_000,
  whatsappTexts: 200,
  whatsappDocuments: 3,
};
const intakePerSecond = 200;
/** What is measured on one stage; WhatsApp has its own. */
const stageParts: readonly string[] = ['intake', 'deliveries', 'latency', 'history', 'page'];
const allParts: readonly string[] = [...stageParts, 'whatsapp'];

/** @returns the exit code: 0 measured (what is short is said in the table), 1 a part broke, 2 wrong usage */
export async function runBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const plan = options.quick ? quick : full;
  const startedAt = Date.now();
  const say = (line: string) =>
    process.stderr.write(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${line}\n`);
  const loadBefore = loadavg()[0] ?? 0;
  const rows: BenchRow[] = [];
  const memory: BenchRow[] = [];
  let costs: readonly Cost[] = [];

  const broken: string[] = [];

  /** One part that breaks must not lose what the others have measured. */
  async function measurePart(part: string, measure: () => Promise<readonly BenchRow[]>): Promise<void> {
    if (!options?.parts.includes(part)) return;
    say(part);
    try {
      rows.push(...(await measure()));
    } catch (thrown) {
      broken.push(part);
      say(`${part} could not be measured: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }

  const measureStage = () =>
    withStage(
      {
        oldDeliveries: plan.oldDeliveries,
        nodeArguments: options.nodeArguments,
        say,
        onIdle: async (idle) => void memory.push(...(await measureMemory(idle, plan.idleMs))),
      },
      async (stage) => {
        const meter = createCostMeter(stage);
        const { webhooks, mails, rounds } = plan;
        await measurePart('intake', () => measureIntake(stage, { rounds, durationMs: plan.intakeMs }, meter));
        const drains = { rounds, webhooks, mails, durationMs: plan.bareMs, intakePerSecond };
        await measurePart('deliveries', () => measureDeliveries(stage, drains, meter));
        await measurePart('latency', () => measureLatency(stage, plan.latencyEvents));
        await measurePart('history', () => measureHistory(stage, plan));
        await measurePart('page', async () => [
          ...(await measureHistoryPage(stage, 2 * rounds + 1)),
          ...(await measureFirstPaint(stage, 2 * rounds + 1)),
        ]);
        costs = meter.costs();
        return stage.postgresVersion;
      },
    );
  const usesStage = stageParts.some((part) => options.parts.includes(part));
  const postgresVersion = usesStage ? await measureStage() : undefined;
  const { rounds, idleMs, whatsappTexts: texts, whatsappDocuments: documents } = plan;
  await measurePart('whatsapp', () =>
    measureWhatsApp({ rounds, idleMs, texts, documents, nodeArguments: options.nodeArguments }, say),
  );
  say('done');

  const results = [...rows, ...memory].map(judgeRow);
  const machine = {
    cpu: `${cpus().length} × ${cpus()[0]?.model ?? '?'}`,
    memory_gb: Math.round(totalmem() / 1024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    postgres: postgresVersion ?? 'embedded',
    load_before: loadBefore,
  };
  const about = [
    `${usesStage ? `Old deliveries: ${plan.oldDeliveries.toLocaleString('en')}. ` : ''}${plan.rounds} rounds, ours and baseline in turn; medians, and the median of the rounds' ratios.`,
    `${machine.cpu}, ${machine.memory_gb} GB, ${machine.platform}, Node ${machine.node}, PostgreSQL ${machine.postgres} (fsync on), load before the start ${loadBefore.toFixed(1)}.`,
  ];
  const tables = [formatTable(results), ...(costs.length > 0 ? [formatCosts(costs)] : [])];
  process.stdout.write(`${tables.join('\n\n')}\n\n${about.join('\n')}\n`);
  if (options.json !== undefined) {
    const document = {
      at: new Date(startedAt).toISOString(),
      quick: options.quick,
      machine,
      plan,
      results,
      costs,
    };
    await writeFile(options.json, `${JSON.stringify(document, null, 2)}\n`);
  }
  return broken.length > 0 ? 1 : 0;
}

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        only: { type: 'string', multiple: true, default: [...allParts] },
        'node-argument': { type: 'string', multiple: true, default: [] },
      },
    });
    if (values.only.some((part) => !allParts.includes(part))) return undefined;
    return {
      quick: values.quick,
      json: values.json,
      parts: values.only,
      nodeArguments: values['node-argument'],
    };
  } catch {
    return undefined;
  }
}
