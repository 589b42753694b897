import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest } from '../simulators/webhook-receiver';

/** A call of the gateway's webhook, looked at as the application would. */
export interface ReceivedCall {
  readonly number: number;
  readonly at: Date;
  readonly type: string;
  readonly webhookId: string;
  /** both signatures are there and right */
  readonly isSigned: boolean;
  /** indented JSON */
  readonly body: string;
}

export function readCall(request: ReceivedRequest, number: number, secret: string): ReceivedCall {
  const text = request.body.toString();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = text;
  }
  return {
    number,
    at: request.receivedAt,
    type: readType(parsed),
    webhookId: String(request.headers['webhook-id'] ?? 'none'),
    isSigned: isSigned(request, secret),
    body: JSON.stringify(parsed, shortenLongText, 2),
  };
}

function readType(body: unknown): string {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined;
  return typeof type === 'string' ? type : 'not a webhook of the gateway';
}

/** Attachments come as base64: nobody reads those. */
function shortenLongText(_name: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > 300
    ? `${value.slice(0, 60)}… (${value.length} characters)`
    : value;
}

function isSigned({ headers, body }: ReceivedRequest, secret: string): boolean {
  const expected = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'));
  const given = Buffer.from(String(headers['x-webhook-signature'] ?? ''));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
