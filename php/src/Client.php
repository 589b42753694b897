<?php

declare(strict_types=1);

namespace ModularGateway;

/**
 * Speaks to one gateway for one customer.
 *
 *     $gateway = new Client(['url' => 'http://192.168.1.20:3001', 'api_key' => 'mgw_…', 'customer_id' => 'ACC001']);
 *     $gateway->sendEvent('invoice:sent', ['invoice_id' => 1042, …], 'invoice-1042-sent');
 *
 * Every method throws a GatewayException that says in a sentence what was wrong.
 */
final class Client
{
    /** The most events that one call takes. */
    private const BATCH_SIZE = 1000;
    /** The gateway waits up to 25 s for a code of WhatsApp's. */
    private const WHATSAPP_TIMEOUT = 30;

    /** @var string */
    private $url;
    /** @var string */
    private $apiKey;
    /** @var string */
    private $customerId;
    /** @var Transport */
    private $transport;
    /** @var Outbox|LocalOutbox|callable|null */
    private $outbox;

    /**
     * @param array<string, mixed> $options
     *   url, api_key, customer_id: strings, required
     *   timeout, connect_timeout: seconds, 10 and 3 unless told
     *   pin: the public key of a gateway that made its own certificate, as `/connect` and `doctor` print it
     *   ca_file: a certificate (PEM) to trust instead
     *   outbox: an Outbox or a LocalOutbox, or a function that makes one: where an event goes while the gateway is
     *           out of reach. The function is called only then.
     */
    public function __construct(array $options)
    {
        foreach (['url', 'api_key', 'customer_id'] as $name) {
            if (!isset($options[$name]) || !is_string($options[$name]) || trim($options[$name]) === '') {
                throw new \InvalidArgumentException("The option $name is required.");
            }
        }
        $known = ['url', 'api_key', 'customer_id', 'timeout', 'connect_timeout', 'pin', 'ca_file', 'outbox'];
        $unknown = array_diff(array_keys($options), $known);
        if ($unknown !== []) {
            throw new \InvalidArgumentException('There is no option ' . implode(', ', $unknown) . '.');
        }
        if (!preg_match('~^https?://[^\s/?#]+~i', $options['url'])) {
            throw new \InvalidArgumentException('The option url must look like http://192.168.1.20:3001.');
        }
        if (preg_match('/[\x00-\x20\x7f]/', $options['api_key'])) {
            throw new \InvalidArgumentException('The option api_key holds a space or a line break.');
        }
        $this->url = rtrim($options['url'], '/');
        $this->apiKey = $options['api_key'];
        $this->customerId = $options['customer_id'];
        $this->transport = new Transport(
            $this->url,
            $options['timeout'] ?? 10,
            $options['connect_timeout'] ?? 3,
            $options['ca_file'] ?? null,
            $options['pin'] ?? null
        );
        $this->outbox = $options['outbox'] ?? null;
    }

    /**
     * Sends a business event. It is on the gateway's disk, or in the outbox, when this returns.
     *
     * @param array<string, mixed> $data
     * @param string|null $key the same key never makes a second event: give one that belongs to the business fact
     *                         (`invoice-1042-sent`), so that pressing a button twice sends nothing twice
     * @param \DateTimeInterface|null $expiresAt what has not left by then is not sent any more
     * @return array{event_id: ?int, via: string, status: string, duplicate: bool} via: `gateway`, or `outbox` when it
     *                         was out of reach
     * @throws GatewayException when the gateway refuses the event, or when it can be stored nowhere
     */
    public function sendEvent(
        string $type,
        array $data,
        ?string $key = null,
        ?\DateTimeInterface $expiresAt = null
    ): array {
        $key = $key ?? self::makeKey();
        try {
            $answer = $this->request('POST', '/api/events', self::toEvent($type, $data, $key, $expiresAt));
        } catch (GatewayException $exception) {
            // What it refuses it would refuse later, too.
            $mayWait = $exception instanceof UnreachableException || $exception instanceof UnavailableException;
            if (!$mayWait || $this->outbox === null) {
                throw $exception;
            }
            $this->keepForLater($type, $data, $key, $expiresAt, $exception);
            return ['event_id' => null, 'via' => 'outbox', 'status' => 'pending', 'duplicate' => false];
        }
        return [
            'event_id' => (int) $answer['event_id'],
            'via' => 'gateway',
            'status' => (string) ($answer['status'] ?? 'processing'),
            'duplicate' => ($answer['duplicate'] ?? false) === true,
        ];
    }

    /**
     * Sends many events; one that is wrong spoils none of the others.
     *
     * @param array<int, array<string, mixed>> $events each `['event_type' => …, 'event_data' => […],
     *                                                 'idempotency_key' => …]`, as many as you like
     * @return array<int, array<string, mixed>> in the same order: `status` (202, or 200 for one sent before),
     *                                          `event_id`, or `error`, `code` and `details`
     */
    public function sendEvents(array $events): array
    {
        $results = [];
        foreach (array_chunk(array_values($events), self::BATCH_SIZE) as $chunk) {
            $prepared = [];
            foreach ($chunk as $event) {
                $data = $event['event_data'] ?? [];
                // An empty array would arrive as a list.
                $event['event_data'] = is_array($data) ? (object) $data : $data;
                $event['idempotency_key'] = $event['idempotency_key'] ?? self::makeKey();
                $prepared[] = $event;
            }
            $answer = $this->request('POST', '/api/events/batch', ['events' => $prepared]);
            foreach ($answer['results'] ?? [] as $result) {
                $result['index'] = count($results);
                $results[] = $result;
            }
        }
        return $results;
    }

    /**
     * A token for the browser page of a logged-in user: it speaks for this customer for an hour, and the API key
     * never leaves the server.
     *
     * @return array{token: string, expires_in: int}
     */
    public function requestToken(string $userId, string $sessionId): array
    {
        $answer = $this->request('POST', '/auth/token', [
            'customer_id' => $this->customerId,
            'user_id' => $userId,
            'session_id' => $sessionId,
        ]);
        return ['token' => (string) $answer['token'], 'expires_in' => (int) $answer['expires_in']];
    }

    /** @return array<string, mixed> the event with its deliveries and their attempts */
    public function event(int $eventId): array
    {
        return $this->request('GET', "/api/events/$eventId");
    }

    /**
     * Events, newest first, page after page as you go on.
     *
     * @param array<string, string|int> $filter event_type, status, from, to, limit (of a page)
     * @return \Generator<int, array<string, mixed>>
     */
    public function events(array $filter = []): \Generator
    {
        return $this->pages('/api/events', 'events', $filter);
    }

    /**
     * Deliveries, newest first, page after page as you go on.
     *
     * @param array<string, string|int> $filter channel, status, event_id, event_type, recipient, from, to, limit
     * @return \Generator<int, array<string, mixed>>
     */
    public function deliveries(array $filter = []): \Generator
    {
        return $this->pages('/api/deliveries', 'deliveries', $filter);
    }

    /** @return array<string, mixed> the delivery with its attempts */
    public function delivery(int $deliveryId): array
    {
        return $this->request('GET', "/api/deliveries/$deliveryId");
    }

    /** Sends a delivery that failed again. @return array<string, mixed> */
    public function retryDelivery(int $deliveryId): array
    {
        return $this->request('POST', "/api/deliveries/$deliveryId/retry", []);
    }

    /**
     * Sends every failed delivery that fits the filter again.
     *
     * @param array<string, string|int> $filter as for deliveries()
     * @return int how many
     */
    public function replayDeliveries(array $filter = []): int
    {
        return (int) $this->request('POST', '/api/deliveries/replay', ['filter' => (object) $filter])['replayed'];
    }

    /**
     * Decides about a delivery whose outcome nobody knows (`unknown`).
     *
     * @param string $action `resend` or `close`
     * @return array<string, mixed>
     */
    public function resolveDelivery(int $deliveryId, string $action): array
    {
        return $this->request('POST', "/api/deliveries/$deliveryId/resolve", ['action' => $action]);
    }

    /** @return array<int, array<string, mixed>> the event types that may be sent, with their fields */
    public function eventTypes(): array
    {
        return $this->request('GET', '/api/event-types')['event_types'];
    }

    /**
     * How WhatsApp stands: `not_initialized`, `qr_ready`, `authenticated`, `ready`, `disconnected`, `auth_failed` or
     * `logged_out`.
     *
     * @return array{status: string, last_updated: string, phone: ?string}
     */
    public function whatsAppStatus(): array
    {
        $answer = $this->whatsApp('GET', 'status');
        return [
            'status' => (string) $answer['status'],
            'last_updated' => (string) $answer['last_updated'],
            'phone' => isset($answer['phone']) ? (string) $answer['phone'] : null,
        ];
    }

    /**
     * The code to scan, as a `data:` URL for an img tag; starts the session if need be and takes up to 25 s.
     *
     * @throws ConflictException when WhatsApp is connected already
     */
    public function whatsAppQrCode(): string
    {
        return (string) $this->whatsApp('GET', 'qr')['qr_code'];
    }

    /** A code of eight letters to type on the phone, instead of scanning. */
    public function whatsAppPairingCode(string $phone): string
    {
        return (string) $this->whatsApp('POST', 'pairing-code', ['phone' => $phone])['code'];
    }

    /** Logs WhatsApp out; connecting again needs a new code. */
    public function whatsAppLogout(): void
    {
        $this->whatsApp('POST', 'logout', []);
    }

    /**
     * Sends a file of this machine by WhatsApp.
     *
     * @param string $path its name is shown to the recipient, unless told otherwise by $filename
     * @return array{delivery_id: int, message_id: ?string, status: string} status `held`: it waits for WhatsApp
     */
    public function sendDocument(string $recipient, string $path, string $caption = '', ?string $filename = null): array
    {
        $content = is_file($path) ? file_get_contents($path) : false;
        if ($content === false) {
            throw new \InvalidArgumentException("The file $path cannot be read.");
        }
        return $this->sendDocumentContent($recipient, $content, $filename ?? basename($path), $caption);
    }

    /**
     * Sends bytes as a file by WhatsApp: a PDF that was just made.
     *
     * @return array{delivery_id: int, message_id: ?string, status: string}
     */
    public function sendDocumentContent(string $recipient, string $content, string $filename, string $caption = ''): array
    {
        return $this->postDocument([
            'recipient' => $recipient,
            'caption' => $caption,
            'filename' => $filename,
            'document_base64' => base64_encode($content),
        ]);
    }

    /**
     * Sends what the gateway fetches itself from an address.
     *
     * @return array{delivery_id: int, message_id: ?string, status: string}
     */
    public function sendDocumentUrl(string $recipient, string $url, string $caption = ''): array
    {
        return $this->postDocument(['recipient' => $recipient, 'caption' => $caption, 'document_url' => $url]);
    }

    /** Is the gateway up, and its database too? Never throws. */
    public function isHealthy(): bool
    {
        try {
            return ($this->request('GET', '/health', null, 5)['status'] ?? null) === 'ok';
        } catch (GatewayException $exception) {
            return false;
        }
    }

    /**
     * What works and what does not, in sentences, for the day on which it is set up. Never throws.
     *
     * @return string[]
     */
    public function check(): array
    {
        try {
            $connection = $this->request('GET', '/connect');
        } catch (GatewayException $exception) {
            return [
                'Not reached: ' . $exception->getMessage(),
                'Is the gateway running, is the address right, and does its firewall let this machine in?',
            ];
        }
        $lines = [
            "Reached: {$this->url}, version {$connection['version']}.",
            "The gateway sees this machine as {$connection['address']}.",
        ];
        try {
            $count = count($this->eventTypes());
            $lines[] = "The key works: $count event types may be sent.";
            $this->requestToken('check', 'check-' . bin2hex(random_bytes(8)));
            $lines[] = "It belongs to {$this->customerId}.";
            $lines[] = "WhatsApp: {$this->whatsAppStatus()['status']}.";
        } catch (GatewayException $exception) {
            $lines[] = 'The key does not work: ' . $exception->getMessage();
        }
        return $lines;
    }

    /**
     * @param array<string, mixed> $fields
     * @return array{delivery_id: int, message_id: ?string, status: string}
     */
    private function postDocument(array $fields): array
    {
        $answer = $this->whatsApp('POST', 'send-document', $fields);
        return [
            'delivery_id' => (int) $answer['delivery_id'],
            'message_id' => isset($answer['message_id']) ? (string) $answer['message_id'] : null,
            'status' => (string) ($answer['status'] ?? 'sent'),
        ];
    }

    /**
     * @param array<string, mixed>|null $body
     * @return array<string, mixed>
     */
    private function whatsApp(string $method, string $what, ?array $body = null): array
    {
        return $this->request(
            $method,
            "/whatsapp/$what/" . rawurlencode($this->customerId),
            $body,
            self::WHATSAPP_TIMEOUT
        );
    }

    /**
     * @param array<string, string|int> $filter
     * @return \Generator<int, array<string, mixed>>
     */
    private function pages(string $path, string $list, array $filter): \Generator
    {
        $cursor = null;
        do {
            $query = http_build_query($cursor === null ? $filter : ['cursor' => $cursor] + $filter);
            $answer = $this->request('GET', $path . ($query === '' ? '' : "?$query"));
            foreach ($answer[$list] ?? [] as $row) {
                yield $row;
            }
            $cursor = $answer['next_cursor'] ?? null;
        } while ($cursor !== null);
    }

    /** @param array<string, mixed> $data */
    private function keepForLater(
        string $type,
        array $data,
        string $key,
        ?\DateTimeInterface $expiresAt,
        GatewayException $reason
    ): void {
        try {
            $outbox = is_callable($this->outbox) ? ($this->outbox)() : $this->outbox;
            $outbox->add($type, $data, $key, $expiresAt);
        } catch (\Throwable $thrown) {
            throw new NotStoredException(
                'not_stored',
                'The event was not sent and not stored. ' . $reason->getMessage() . ' ' . $thrown->getMessage(),
                $reason->httpStatus(),
                null,
                $reason->retryAfter(),
                $thrown
            );
        }
    }

    /**
     * @param array<string, mixed> $data
     * @return array<string, mixed>
     */
    private static function toEvent(string $type, array $data, string $key, ?\DateTimeInterface $expiresAt): array
    {
        // An empty array would arrive as a list.
        $event = ['event_type' => $type, 'event_data' => (object) $data, 'idempotency_key' => $key];
        return $expiresAt === null ? $event : $event + ['expires_at' => $expiresAt->format(DATE_ATOM)];
    }

    private static function makeKey(): string
    {
        return 'php-' . bin2hex(random_bytes(16));
    }

    /**
     * @param array<string, mixed>|null $body
     * @param int|float|null $timeout
     * @return array<string, mixed>
     * @throws GatewayException
     */
    private function request(string $method, string $path, ?array $body = null, $timeout = null): array
    {
        $headers = ['Accept: application/json', 'Authorization: Bearer ' . $this->apiKey];
        $content = null;
        if ($body !== null) {
            $content = Json::encode($body === [] ? new \stdClass() : $body);
            $headers[] = 'Content-Type: application/json';
        }
        [$status, $text, $retryAfter] = $this->transport->send($method, $path, $headers, $content, $timeout);
        $answer = json_decode($text, true);
        if (!is_array($answer)) {
            $class = $status >= 500 ? UnavailableException::class : GatewayException::class;
            throw new $class('unexpected_answer', "{$this->url} answered $status without JSON: is it the gateway?", $status);
        }
        if ($status < 200 || $status > 299) {
            throw GatewayException::fromAnswer($status, $answer, $retryAfter);
        }
        return $answer;
    }
}
