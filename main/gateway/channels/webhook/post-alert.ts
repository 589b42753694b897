import { errorText } from '../../errors';
import { gatewayVersion } from '../../version';
import { createOutboundClient, OutboundFailure } from '../outbound/outbound-client';
import { OutboundRefusedError, parseOutboundUrl } from '../outbound/outbound-guard';

const timeoutMs = 10_000;

/** Posts to an address that the operator gave, which may be one of this network. Never throws. */
export async function postAlert(
  address: string,
  body: object,
): Promise<{ readonly ok: boolean; readonly message: string; readonly detail: string | null }> {
  const client = createOutboundClient({ connectTimeoutMs: timeoutMs });
  try {
    const { status } = await client.request({
      method: 'POST',
      url: parseOutboundUrl(address, { allowPrivate: true }),
      allowPrivate: true,
      headers: { 'content-type': 'application/json', 'user-agent': `Modular-Gateway/${gatewayVersion}` },
      body: Buffer.from(JSON.stringify({ type: 'gateway.alert', ...body })),
      timeoutMs,
      maxBodyBytes: 1_024,
    });
    const ok = status >= 200 && status < 300;
    return {
      ok,
      message: ok ? 'The webhook took it.' : `The webhook answered with ${status}.`,
      detail: null,
    };
  } catch (thrown) {
    const isKnown = thrown instanceof OutboundFailure || thrown instanceof OutboundRefusedError;
    const message = isKnown ? `The webhook ${thrown.message}.` : 'The webhook could not be called.';
    return { ok: false, message, detail: errorText(thrown) };
  } finally {
    await client.stop();
  }
}
