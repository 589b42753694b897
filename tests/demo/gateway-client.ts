/** A delivery as GET /api/deliveries lists it; what the demo shows of it. */
export interface ListedDelivery {
  readonly id: number;
  readonly event_id: number | null;
  readonly channel: string;
  readonly recipient: string;
  readonly status: string;
  readonly retry_count: number;
  readonly error: string | null;
  readonly held_reason: string | null;
  readonly next_attempt_at: string | null;
}

export interface ListedEvent {
  readonly event_id: number;
  readonly event_type: string;
  readonly status: string;
  readonly created_at: string;
  readonly deliveries: readonly ListedDelivery[];
}

interface WhatsAppState {
  readonly status: string;
  readonly qrCode: string | null;
}

/** The tenant's application as it speaks to the gateway: over HTTP, with its API key. */
export interface GatewayClient {
  /** @throws Error with the gateway's own sentence */
  sendEvent(event: object): Promise<void>;
  listEvents(limit: number): Promise<readonly ListedEvent[]>;
  whatsappState(): Promise<WhatsAppState>;
  /** Starts the session if need be. @returns the code to scan as a PNG data URL. @throws Error in words */
  askForCode(): Promise<string>;
}

export function createGatewayClient(options: {
  readonly origin: string;
  readonly customerId: string;
  readonly apiKey: string;
}): GatewayClient {
  const { origin, customerId, apiKey } = options;

  async function call<T>(path: string, body?: object): Promise<T> {
    const response = await fetch(`${origin}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const answer = (await response.json()) as T & { readonly error?: string };
    if (!response.ok) throw new Error(answer.error ?? `The gateway answered ${response.status}.`);
    return answer;
  }

  return {
    async sendEvent(event) {
      await call('/api/events', event);
    },
    async listEvents(limit) {
      const { events } = await call<{ events: Omit<ListedEvent, 'deliveries'>[] }>(
        `/api/events?limit=${limit}`,
      );
      // An event has three deliveries at most here.
      const { deliveries } = await call<{ deliveries: ListedDelivery[] }>(
        `/api/deliveries?limit=${limit * 4}`,
      );
      return events.map((event) => ({
        ...event,
        deliveries: deliveries.filter((delivery) => delivery.event_id === event.event_id).toReversed(),
      }));
    },
    async whatsappState() {
      const { status, data } = await call<{ status: string; data: { qr_code: string | null } }>(
        `/whatsapp/status/${customerId}`,
      );
      return { status, qrCode: data.qr_code };
    },
    async askForCode() {
      const { qr_code: code } = await call<{ qr_code: string }>(`/whatsapp/qr/${customerId}`);
      return code;
    },
  };
}
