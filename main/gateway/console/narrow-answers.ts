import type { CallAnswer, CallOutput, CallProblem, CallName } from '../../contracts/console/console-calls';
import type { ConsolePush } from '../../contracts/console/console-pushes';
import type { DeliveryDetail, HistoryRow } from '../../contracts/console/history-calls';
import type { Attention } from '../../contracts/console/overview-calls';
import type { Operation } from '../../contracts/console/parts';
import { reachesRole, type ConsoleRole } from '../../contracts/console/roles';
import type { TenantSummary } from '../../contracts/console/tenant-calls';
import type { WhatsAppCard } from '../../contracts/console/whatsapp-calls';
import { namesPlace, plainReason, shortenUrl, shortenUrls } from './hide-addresses';

/*
 * What is left out of answers and pushes that every role gets: codes link a phone; addresses of databases, accounts and
 * settings are the operator's, and so are the paths of webhooks, which often are keys.
 */

const plainProblem = 'Its database isn’t available right now. An operator can see why.';

/** Their details say where a database is, or who asked. */
const placedKinds: readonly Attention['kind'][] = [
  'tenant_database_away',
  'database_moved',
  'connections_short',
  'origin_refused',
];

type Narrowings = { readonly [N in CallName]?: (whole: CallOutput<N>, role: ConsoleRole) => CallOutput<N> };

/** Below operator. */
const narrowings: Narrowings = {
  // Without folders, connections and what was wrong with saved settings.
  'gateway.info': (info) => ({ ...info, dataDir: '', connections: null, restartProblem: null }),
  'overview.get': (overview) => ({ ...overview, attention: overview.attention.map(narrowAttention) }),
  'tenants.list': ({ tenants }) => ({ tenants: tenants.map(narrowSummary) }),
  'tenants.get': (tenant) => ({
    ...narrowSummary(tenant),
    databaseUrl: '',
    settings: {},
    defaults: {},
    secretsSet: {},
  }),
  'whatsapp.list': ({ cards, office }, role) => ({
    cards: cards.map((card) => narrowCard(role, card)),
    office,
  }),
  'whatsapp.connect': (card, role) => narrowCard(role, card),
  'history.list': (page) => ({ ...page, rows: page.rows.map(narrowRow) }),
  'history.get': narrowDetail,
  'operations.list': ({ operations }) => ({ operations: operations.map(narrowOperation) }),
};

/** What somebody of that role is answered: all, to an operator. */
export function narrowAnswer(role: ConsoleRole, name: unknown, answer: CallAnswer): CallAnswer {
  if (reachesRole(role, 'operator')) return answer;
  if (!answer.ok) return { ok: false, problem: narrowProblem(answer.problem) };
  if (typeof name !== 'string' || !Object.hasOwn(narrowings, name)) return answer;
  const narrow = narrowings[name as CallName] as (whole: unknown, role: ConsoleRole) => CallOutput<CallName>;
  return { ok: true, value: narrow(answer.value, role) };
}

export function narrowPush(role: ConsoleRole, push: ConsolePush): ConsolePush {
  if (reachesRole(role, 'operator')) return push;
  switch (push.name) {
    case 'whatsapp.changed':
      return { ...push, payload: narrowCard(role, push.payload) };
    case 'overview.changed':
      return { ...push, payload: { attention: push.payload.attention.map(narrowAttention) } };
    case 'deliveries.changed':
      return { ...push, payload: { ...push.payload, changes: push.payload.changes.map(narrowRow) } };
    case 'operation.changed':
      return { ...push, payload: narrowOperation(push.payload) };
    default:
      return push;
  }
}

/** A row of a list or of a file, as somebody below operator sees it. */
export function narrowRow<R extends Pick<HistoryRow, 'channel' | 'recipient' | 'error'>>(row: R): R {
  if (row.channel !== 'webhook') return row;
  return { ...row, recipient: shortenUrl(row.recipient), error: row.error && shortenUrls(row.error) };
}

/** The receiver's own words go too: a page for “not found” repeats the path that was asked for. */
function narrowDetail(delivery: DeliveryDetail): DeliveryDetail {
  const { wire } = delivery;
  const isWebhook = delivery.channel === 'webhook';
  return {
    ...narrowRow(delivery),
    siblings: delivery.siblings.map((one) => ({
      ...one,
      recipient: narrowRow({ ...one, error: null }).recipient,
    })),
    attempts: delivery.attempts.map((attempt) => ({
      ...attempt,
      response: isWebhook ? null : attempt.response,
      exchange: attempt.exchange && {
        ...attempt.exchange,
        url: shortenUrl(attempt.exchange.url),
        headers: {},
      },
    })),
    wire: wire && { ...wire, url: wire.url && shortenUrl(wire.url) },
  };
}

/** Without the codes that link a phone, for who may not link one. */
function narrowCard(role: ConsoleRole, card: WhatsAppCard): WhatsAppCard {
  const narrowed = { ...card, reason: card.reason && narrowSentence(card.reason) };
  return reachesRole(role, 'staff') ? narrowed : { ...narrowed, qrCode: null, pairingCode: null };
}

function narrowSummary<T extends TenantSummary>(tenant: T): T {
  return { ...tenant, problem: tenant.problem === null ? null : plainProblem };
}

function narrowAttention(entry: Attention): Attention {
  const { kind, customerId, detail } = entry;
  const isPlaced = placedKinds.includes(kind) || (detail !== null && namesPlace(detail));
  const isOffice = customerId === null && (kind === 'whatsapp_scan' || kind === 'whatsapp_failed');
  return isPlaced || isOffice ? { ...entry, detail: null } : entry;
}

const narrowSentence = (text: string) => (namesPlace(text) ? plainReason : text);

function narrowOperation(operation: Operation): Operation {
  return {
    ...operation,
    error: operation.error && narrowSentence(operation.error),
    notes: operation.notes.map(narrowSentence),
  };
}

function narrowProblem(problem: CallProblem): CallProblem {
  return { ...problem, message: narrowSentence(problem.message) };
}
