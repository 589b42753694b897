import { errorText } from '../../errors';
import { gatewayVersion } from '../../version';
import { createOutboundClient, OutboundFailure } from '../outbound/outbound-client';
import { OutboundRefusedError, parseOutboundUrl } from '../outbound/outbound-guard';
import { signWebhook } from './webhook-signature';

const timeoutMs = 10_000;
const maxResponseBytes = 1_024;

export interface PostedAlert {
  /** stable when it is posted again: receivers drop repeats by it */
  readonly id: string;
  readonly body: object;
  /** signs it as tenants' webhooks are signed; empty: it is not signed */
  readonly secret: string;
}

/**
 * Posts to an address that the operator gave, signed and called like a tenant's webhook. Only that private addresses
 * are never refused: that rule guards the office's network against tenants, and this address is the operator's, who
 * could lift it for any tenant. Never throws.
 */
export async function postAlert(
  address: string,
  { id, body, secret }: PostedAlert,
  stopping?: AbortSignal,
): Promise<{ readonly ok: boolean; readonly message: string; readonly detail: string | null }> {
  const client = createOutboundClient({ connectTimeoutMs: timeoutMs });
  const bytes = Buffer.from(JSON.stringify({ type: 'gateway.alert', ...body }));
  const timestamp = String(Math.floor(Date.now() / 1000));
  try {
    const { status } = await client.request({
      method: 'POST',
      url: parseOutboundUrl(address, { allowPrivate: true }),
      allowPrivate: true,
      headers: {
        'content-type': 'application/json',
        'user-agent': `Modular-Gateway/${gatewayVersion}`,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(secret === '' ? {} : signWebhook(secret, id, timestamp, bytes)),
      },
      body: bytes,
      timeoutMs,
      maxBodyBytes: maxResponseBytes,
      ...(stopping ? { signal: stopping } : {}),
    });
    const ok = status >= 200 && status < 300;
    const why = status >= 300 && status < 400 ? ' Redirects are not followed.' : '';
    // The answer's text is shown to nobody: the console is no way to read what other machines say.
    return {
      ok,
      message: ok ? 'The webhook accepted it.' : `The webhook answered with ${status}.${why}`,
      detail: null,
    };
  } catch (thrown) {
    if (thrown instanceof OutboundRefusedError) return { ok: false, message: thrown.message, detail: null };
    const isKnown = thrown instanceof OutboundFailure;
    const message = isKnown ? `The webhook ${thrown.message}.` : 'The webhook could not be called.';
    return { ok: false, message, detail: errorText(isKnown ? (thrown.cause ?? thrown) : thrown) };
  } finally {
    await client.stop();
  }
}
