import { GatewayError } from '../errors';

/**
 * Parses a body.
 * @param contentType what it said to be, for the words
 * @throws GatewayError `invalid_json` (400)
 */
export function parseJson(text: string, contentType = ''): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message.slice(0, 200) : '';
    throw new GatewayError('invalid_json', `The body is not valid JSON.${hintFor(contentType)}`, 400, {
      reason,
    });
  }
  if (typeof value === 'string' && isJsonText(value)) {
    throw new GatewayError(
      'invalid_json',
      'The body is JSON encoded twice: a text that holds JSON. Encode it once (leave out the second json_encode or JSON.stringify).',
      400,
    );
  }
  return value;
}

/** Is this text an object or a list in JSON? */
function isJsonText(text: string): boolean {
  if (!/^\s*[{["]/.test(text)) return false;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' || (typeof value === 'string' && isJsonText(value));
  } catch {
    return false;
  }
}

function hintFor(contentType: string): string {
  const [type = ''] = contentType.split(';');
  if (!/^(multipart\/|text\/xml|application\/xml|text\/html)/i.test(type.trim())) return '';
  return ` It came as ${type.trim().slice(0, 60)}: send JSON, with Content-Type: application/json.`;
}
