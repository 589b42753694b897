import { createHmac } from 'node:crypto';

const standardPrefix = 'whsec_';

/**
 * The key of the Standard Webhooks signature: `whsec_<base64>` holds it encoded; a secret of any other
 * form (the original server's, or one that somebody typed) is the key as it stands.
 */
function readStandardKey(secret: string): Buffer {
  return secret.startsWith(standardPrefix)
    ? Buffer.from(secret.slice(standardPrefix.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

/**
 * The signature headers of one webhook.
 * Source: Standard Webhooks 1.0.0 (`id.timestamp.body`, HMAC-SHA256, base64, `v1,`); `X-Webhook-Signature`
 * is what the original server sent: hex HMAC-SHA256 of the body, with the secret string as it stands.
 * @param timestamp seconds since 1970, the same as in `webhook-timestamp`
 * @param body the bytes that leave
 */
export function signWebhook(
  secret: string,
  webhookId: string,
  timestamp: string,
  body: Buffer,
): { readonly 'webhook-signature': string; readonly 'x-webhook-signature': string } {
  const standard = createHmac('sha256', readStandardKey(secret))
    .update(`${webhookId}.${timestamp}.`)
    .update(body)
    .digest('base64');
  return {
    'webhook-signature': `v1,${standard}`,
    'x-webhook-signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
}
