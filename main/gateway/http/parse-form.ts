import { GatewayError } from '../errors';

const mostFields = 1_000;
const deepest = 32;
/** Fields in which the whole event comes as JSON. */
const envelopeFields = ['payload', 'json', 'event', 'data', 'body'];

type FormValue = string | { [name: string]: FormValue };

/**
 * Reads a form as PHP's `http_build_query` writes it: `event_data[client_name]=…`, `items[0][price]=…`, `tags[]=…`.
 * Fields of an event that hold JSON are read as JSON, and so is a whole event in one field. Everything else is a text.
 * @param charset what percent-encoded bytes are where they are not UTF-8
 * @throws GatewayError `invalid_body` (422), `invalid_encoding` (400)
 */
export function parseForm(text: string, charset = 'utf-8'): unknown {
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > mostFields) throw refused(`holds more than ${mostFields} fields`);
  const root: Record<string, FormValue> = Object.create(null) as Record<string, FormValue>;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = decodePart(at === -1 ? pair : pair.slice(0, at), charset);
    const value = at === -1 ? '' : decodePart(pair.slice(at + 1), charset);
    // `curl --data-urlencode '{…}'`: the whole body is a name without a value.
    if (pairs.length === 1 && value === '' && /^\s*[{[]/.test(name))
      return readJson(name) ?? { [name]: value };
    setField(root, pathOf(name), value);
  }
  return readEventFields(toPlain(root));
}

function readEventFields(form: unknown): unknown {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return form;
  const fields = { ...(form as Record<string, unknown>) };
  if (!('event_type' in fields) && !('events' in fields)) {
    for (const name of envelopeFields) {
      const whole = readJson(fields[name]);
      if (typeof whole === 'object' && whole !== null && ('event_type' in whole || 'events' in whole))
        return whole;
    }
    return fields;
  }
  for (const name of ['event_data', 'events']) {
    const parsed = readJson(fields[name]);
    if (parsed !== undefined) fields[name] = parsed;
  }
  // http_build_query leaves an empty array out altogether.
  if ('event_type' in fields) fields['event_data'] ??= {};
  return fields;
}

function readJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** `event_data[items][0][name]` → its four names; `tags[]` ends with an empty one. */
function pathOf(name: string): string[] {
  const open = name.indexOf('[');
  if (open < 1 || !name.endsWith(']')) return [name];
  const path = [name.slice(0, open), ...name.slice(open + 1, -1).split('][')];
  if (path.length > deepest) throw refused(`holds a field that is nested deeper than ${deepest} levels`);
  return path;
}

function setField(root: Record<string, FormValue>, path: readonly string[], value: string): void {
  let inner = root;
  for (const [index, given] of path.entries()) {
    const name = given === '' && index > 0 ? String(Object.keys(inner).length) : given;
    if (index === path.length - 1) {
      inner[name] = value;
      return;
    }
    const next = inner[name];
    if (typeof next === 'object') {
      inner = next;
      continue;
    }
    const made = Object.create(null) as Record<string, FormValue>;
    inner[name] = made;
    inner = made;
  }
}

/** Lists are what is numbered from 0 without a gap. */
function toPlain(value: FormValue): unknown {
  if (typeof value === 'string') return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, toPlain(inner)] as const);
  const isList = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isList ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

function decodePart(part: string, charset: string): string {
  const spaced = part.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return decodeBytes(spaced, charset);
  }
}

function decodeBytes(text: string, charset: string): string {
  if (/^utf-?8$/.test(charset)) {
    throw new GatewayError(
      'invalid_encoding',
      'The form is not UTF-8. Encode it as UTF-8, or name its charset in the Content-Type.',
      400,
    );
  }
  const decoder = new TextDecoder(charset);
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    decoder.decode(Buffer.from(run.replaceAll('%', ''), 'hex')),
  );
}

function refused(message: string): GatewayError {
  return new GatewayError('invalid_body', `The form ${message}.`, 422, [{ path: 'body', message }]);
}
