<?php

/**
 * The client of Modular Gateway in one file: PHP 7.4 or newer, no composer, no other packages.
 * MIT licence. Made of php/src by scripts/bundle-php-client.mjs: change it there.
 *
 *     require __DIR__ . '/modular-gateway.php';
 *     $gateway = new ModularGateway\Client(['url' => …, 'api_key' => …, 'customer_id' => …]);
 */

declare(strict_types=1);

namespace ModularGateway;

/** Why something was not done: a sentence for people, a code for programs, the fields that were wrong. */
class GatewayException extends \RuntimeException
{
    /** @var string */
    private $errorCode;
    /** @var int 0: there was no answer */
    private $httpStatus;
    /** @var mixed */
    private $details;
    /** @var int|null seconds */
    private $retryAfter;

    /** @param mixed $details */
    final public function __construct(
        string $errorCode,
        string $message,
        int $httpStatus = 0,
        $details = null,
        ?int $retryAfter = null,
        ?\Throwable $previous = null
    ) {
        parent::__construct($message, 0, $previous);
        $this->errorCode = $errorCode;
        $this->httpStatus = $httpStatus;
        $this->details = $details;
        $this->retryAfter = $retryAfter;
    }

    /** The gateway's code, such as `invalid_event`; `unreachable` when it gave no answer. */
    public function errorCode(): string
    {
        return $this->errorCode;
    }

    /** 0 when there was no answer. */
    public function httpStatus(): int
    {
        return $this->httpStatus;
    }

    /** @return mixed often a list of `['path' => …, 'message' => …]`, one for each field that was wrong */
    public function details()
    {
        return $this->details;
    }

    /** How many seconds to wait, where the gateway said so. */
    public function retryAfter(): ?int
    {
        return $this->retryAfter;
    }

    /** Does the same call make sense again later? */
    public function isTemporary(): bool
    {
        return $this->httpStatus === 0 || $this->httpStatus === 429 || $this->httpStatus >= 500;
    }

    /**
     * The exception that fits an answer.
     *
     * @param array<string, mixed> $answer
     * @internal
     */
    public static function fromAnswer(int $status, array $answer, ?int $retryAfter): self
    {
        $classes = [
            400 => InvalidRequestException::class,
            401 => UnauthorizedException::class,
            403 => ForbiddenException::class,
            404 => NotFoundException::class,
            409 => ConflictException::class,
            413 => InvalidRequestException::class,
            422 => InvalidRequestException::class,
            429 => RateLimitedException::class,
        ];
        $class = $classes[$status] ?? ($status >= 500 ? UnavailableException::class : self::class);
        return new $class(
            is_string($answer['code'] ?? null) ? $answer['code'] : 'refused',
            is_string($answer['error'] ?? null) ? $answer['error'] : "The gateway answered $status.",
            $status,
            $answer['details'] ?? null,
            $retryAfter
        );
    }
}

/** It cannot be done in this state (409): WhatsApp is connected already, a message has left already. */
final class ConflictException extends GatewayException
{
}

/** The key belongs to another customer, or may not do that (403). */
final class ForbiddenException extends GatewayException
{
}

/** Something in the call is wrong (400, 413, 422); `details()` names each field. Sending it again changes nothing. */
final class InvalidRequestException extends GatewayException
{
}

/** There is no such event, delivery or event type (404). */
final class NotFoundException extends GatewayException
{
}

/** The event was neither sent nor stored in the database: keep it and try again. */
final class NotStoredException extends GatewayException
{
}

/** Too many calls (429): wait for `retryAfter()` seconds. */
final class RateLimitedException extends GatewayException
{
}

/** The API key is wrong or was revoked (401). */
final class UnauthorizedException extends GatewayException
{
}

/** The gateway is there and cannot do it now (5xx). The same call may work later. */
final class UnavailableException extends GatewayException
{
}

/** There was no answer: the gateway is off, elsewhere, or too slow. Store the event and send it later. */
final class UnreachableException extends GatewayException
{
}

/** This is no webhook of the gateway: the signature is missing, wrong or too old. */
final class WebhookException extends GatewayException
{
}

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

/** @internal */
final class Json
{
    /**
     * @param mixed $value
     * @throws InvalidRequestException where it holds what JSON cannot
     */
    public static function encode($value): string
    {
        try {
            return json_encode(
                $value,
                JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION
            );
        } catch (\JsonException $exception) {
            throw new InvalidRequestException(
                'not_json',
                'The data cannot be written as JSON: ' . $exception->getMessage() . '. Texts must be UTF-8.',
                0,
                null,
                null,
                $exception
            );
        }
    }
}

/**
 * Events in a table of the application's own database, of any kind that PDO knows (MySQL, MariaDB, SQLite,
 * PostgreSQL), in the application's own transaction. `flush()`, called by cron every minute, sends them.
 *
 *     $outbox = new LocalOutbox($pdo);
 *     $outbox->createTable(); // once
 *     $pdo->beginTransaction();
 *     …
 *     $outbox->add('invoice:sent', [...], 'invoice-1042-sent');
 *     $pdo->commit();
 *     $outbox->flush($gateway); // now, or by cron
 */
final class LocalOutbox
{
    /** What the gateway refuses is kept for people to look at, and not sent again. */
    private const BATCH_SIZE = 200;

    /** @var \PDO */
    private $pdo;
    /** @var string */
    private $table;

    public function __construct(\PDO $pdo, string $table = 'gateway_outbox')
    {
        if (!preg_match('/^[A-Za-z_][A-Za-z0-9_]{0,62}$/', $table)) {
            throw new \InvalidArgumentException('The name of the table holds something else than letters, digits and _.');
        }
        $this->pdo = $pdo;
        $this->table = $table;
    }

    /** Makes the table where it is not there yet. In MySQL this ends a transaction: call it when you set up. */
    public function createTable(): void
    {
        $driver = $this->pdo->getAttribute(\PDO::ATTR_DRIVER_NAME);
        $text = $driver === 'mysql' ? 'LONGTEXT' : 'TEXT';
        $this->run(
            "CREATE TABLE IF NOT EXISTS {$this->table} (
                event_key VARCHAR(191) NOT NULL PRIMARY KEY,
                event $text NOT NULL,
                created_at VARCHAR(32) NOT NULL,
                problem $text NULL
            )"
        );
    }

    /**
     * Begins and ends no transaction.
     *
     * @param array<string, mixed> $data
     * @return bool false when an event with this key waits already
     */
    public function add(
        string $type,
        array $data,
        ?string $key = null,
        ?\DateTimeInterface $expiresAt = null
    ): bool {
        $key = $key ?? 'php-' . bin2hex(random_bytes(16));
        if (strlen($key) > 191) {
            throw new \InvalidArgumentException('The key is longer than 191 characters.');
        }
        $event = ['event_type' => $type, 'event_data' => (object) $data, 'idempotency_key' => $key];
        if ($expiresAt !== null) {
            $event['expires_at'] = $expiresAt->format(DATE_ATOM);
        }
        if ($this->run("SELECT 1 FROM {$this->table} WHERE event_key = ?", [$key])->fetchColumn() !== false) {
            return false;
        }
        $this->run("INSERT INTO {$this->table} (event_key, event, created_at) VALUES (?, ?, ?)", [
            $key,
            Json::encode($event),
            gmdate('Y-m-d\TH:i:s\Z') . sprintf('.%06d', (int) (fmod(microtime(true), 1) * 1000000)),
        ]);
        return true;
    }

    /** How many wait to be sent. */
    public function countWaiting(): int
    {
        return (int) $this->run("SELECT COUNT(*) FROM {$this->table} WHERE problem IS NULL")->fetchColumn();
    }

    /**
     * Sends what waits, oldest first, and deletes what the gateway has. Two at once do no harm: the keys see to it.
     *
     * @return array{sent: int, refused: int} refused: kept in the table with `problem` filled in
     * @throws GatewayException when the gateway is out of reach; what waits goes on waiting
     */
    public function flush(Client $gateway): array
    {
        $done = ['sent' => 0, 'refused' => 0];
        $size = self::BATCH_SIZE;
        do {
            $rows = $this->run(
                "SELECT event_key, event FROM {$this->table} WHERE problem IS NULL ORDER BY created_at, event_key LIMIT $size"
            )->fetchAll(\PDO::FETCH_ASSOC);
            $events = [];
            foreach ($rows as $row) {
                $events[] = json_decode((string) $row['event'], true);
            }
            $results = $events === [] ? [] : $gateway->sendEvents($events);
            foreach ($results as $index => $result) {
                $key = $rows[$index]['event_key'];
                $status = (int) $result['status'];
                if ($status < 300) {
                    $this->run("DELETE FROM {$this->table} WHERE event_key = ?", [$key]);
                    $done['sent']++;
                } elseif ($status === 429 || $status >= 500) {
                    // Not now: it stays as it is, and so does what came after it.
                    return $done;
                } else {
                    $this->run("UPDATE {$this->table} SET problem = ? WHERE event_key = ?", [
                        (string) ($result['error'] ?? 'refused'),
                        $key,
                    ]);
                    $done['refused']++;
                }
            }
        } while (count($rows) === $size && count($results) === $size);
        return $done;
    }

    /** @param array<int, mixed> $values */
    private function run(string $sql, array $values = []): \PDOStatement
    {
        $statement = $this->pdo->prepare($sql);
        if ($statement === false || !$statement->execute($values)) {
            throw new \PDOException('The outbox failed: ' . implode(' ', (array) $this->pdo->errorInfo()));
        }
        return $statement;
    }
}

/**
 * Events as rows of the customer's own PostgreSQL database, where the gateway takes them up within milliseconds of the
 * commit: for an application that lives in the same database, in its own transaction, or as the way out while the
 * gateway cannot be reached. `tenant list` prints the database's address.
 *
 *     $pdo->beginTransaction();
 *     $pdo->exec('UPDATE invoices SET sent = true WHERE id = 1042');
 *     (new Outbox($pdo, 'ACC001'))->add('invoice:sent', [...], 'invoice-1042-sent');
 *     $pdo->commit(); // both, or neither
 */
final class Outbox
{
    /** @var \PDO */
    private $pdo;
    /** @var string */
    private $customerId;

    public function __construct(\PDO $pdo, string $customerId)
    {
        $this->pdo = $pdo;
        $this->customerId = $customerId;
    }

    /**
     * Begins and ends no transaction.
     *
     * @param array<string, mixed> $data
     * @param string|null $key the same key never makes a second event
     * @return bool false when an event with this key is there already
     * @throws \PDOException
     */
    public function add(
        string $type,
        array $data,
        ?string $key = null,
        ?\DateTimeInterface $expiresAt = null
    ): bool {
        $insert = $this->pdo->prepare(
            "INSERT INTO websocket_events (customer_id, event_type, event_data, status, idempotency_key, expires_at)
             VALUES (?, ?, ?, 'pending', ?, ?) ON CONFLICT DO NOTHING"
        );
        // Where exceptions are off, an insert that failed must not pass for one that worked.
        $done = $insert !== false && $insert->execute([
            $this->customerId,
            $type,
            Json::encode((object) $data),
            $key ?? 'php-' . bin2hex(random_bytes(16)),
            $expiresAt === null ? null : $expiresAt->format(DATE_ATOM),
        ]);
        if (!$done) {
            throw new \PDOException('The event was not stored: ' . implode(' ', (array) $this->pdo->errorInfo()));
        }
        return $insert->rowCount() === 1;
    }
}

/**
 * One HTTP call: by cURL where it is there, else by PHP's own streams.
 *
 * @internal
 */
final class Transport
{
    /** @var string */
    private $url;
    /** @var int|float seconds */
    private $timeout;
    /** @var int|float seconds */
    private $connectTimeout;
    /** @var string|null */
    private $caFile;
    /** @var string|null */
    private $pin;
    /** @var resource|\CurlHandle|null */
    private $curl;

    /**
     * @param int|float $timeout
     * @param int|float $connectTimeout
     */
    public function __construct(string $url, $timeout, $connectTimeout, ?string $caFile, ?string $pin)
    {
        $this->url = rtrim($url, '/');
        $this->timeout = $timeout;
        $this->connectTimeout = $connectTimeout;
        $this->caFile = $caFile;
        $this->pin = $pin === null ? null : (string) preg_replace('~^sha256//~', '', $pin);
        if ($this->pin !== null && !self::hasCurl()) {
            throw new \InvalidArgumentException('The option pin needs PHP\'s curl extension; use ca_file without it.');
        }
    }

    /**
     * @param string[] $headers
     * @param int|float|null $timeout
     * @return array{0: int, 1: string, 2: ?int} status, body, seconds of Retry-After
     * @throws UnreachableException
     */
    public function send(string $method, string $path, array $headers, ?string $content, $timeout = null): array
    {
        $timeout = $timeout ?? $this->timeout;
        return self::hasCurl()
            ? $this->sendByCurl($method, $path, $headers, $content, $timeout)
            : $this->sendByStream($method, $path, $headers, $content, $timeout);
    }

    private static function hasCurl(): bool
    {
        return function_exists('curl_init');
    }

    /**
     * @param string[] $headers
     * @param int|float $timeout
     * @return array{0: int, 1: string, 2: ?int}
     */
    private function sendByCurl(string $method, string $path, array $headers, ?string $content, $timeout): array
    {
        // Used again: many events over one connection.
        if ($this->curl === null) {
            $this->curl = curl_init();
        } else {
            curl_reset($this->curl);
        }
        $retryAfter = null;
        $options = [
            CURLOPT_URL => $this->url . $path,
            CURLOPT_CUSTOMREQUEST => $method,
            // cURL asks before it sends more than 1 MB, and waits a second for the answer.
            CURLOPT_HTTPHEADER => array_merge($headers, ['Expect:']),
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_CONNECTTIMEOUT_MS => (int) ($this->connectTimeout * 1000),
            CURLOPT_TIMEOUT_MS => (int) ($timeout * 1000),
            // Timeouts below a second need this where names are looked up by the system.
            CURLOPT_NOSIGNAL => true,
            CURLOPT_HEADERFUNCTION => static function ($curl, string $line) use (&$retryAfter): int {
                if (preg_match('/^retry-after:\s*(\d+)/i', $line, $match)) {
                    $retryAfter = (int) $match[1];
                }
                return strlen($line);
            },
        ];
        if ($content !== null) {
            $options[CURLOPT_POSTFIELDS] = $content;
        }
        if ($this->caFile !== null) {
            $options[CURLOPT_CAINFO] = $this->caFile;
        }
        if ($this->pin !== null) {
            // The certificate signs itself: its key proves that it is the gateway, not an authority.
            $options[CURLOPT_SSL_VERIFYPEER] = $this->caFile !== null;
            $options[CURLOPT_SSL_VERIFYHOST] = $this->caFile !== null ? 2 : 0;
            $options[CURLOPT_PINNEDPUBLICKEY] = 'sha256//' . $this->pin;
        }
        curl_setopt_array($this->curl, $options);
        $text = curl_exec($this->curl);
        if (!is_string($text)) {
            throw $this->unreachable(curl_error($this->curl));
        }
        return [(int) curl_getinfo($this->curl, CURLINFO_RESPONSE_CODE), $text, $retryAfter];
    }

    /**
     * @param string[] $headers
     * @param int|float $timeout
     * @return array{0: int, 1: string, 2: ?int}
     */
    private function sendByStream(string $method, string $path, array $headers, ?string $content, $timeout): array
    {
        $http = [
            'method' => $method,
            'header' => array_merge($headers, ['Connection: close']),
            'timeout' => (float) $timeout,
            'ignore_errors' => true,
            'follow_location' => 0,
        ];
        if ($content !== null) {
            $http['content'] = $content;
        }
        $tls = $this->caFile === null ? [] : ['cafile' => $this->caFile];
        $context = stream_context_create(['http' => $http, 'ssl' => $tls]);
        error_clear_last();
        $stream = @fopen($this->url . $path, 'r', false, $context);
        $text = $stream === false ? false : stream_get_contents($stream);
        $facts = $stream === false ? [] : stream_get_meta_data($stream);
        if ($stream === false || $text === false || ($facts['timed_out'] ?? false)) {
            $reason = (string) (error_get_last()['message'] ?? 'no answer in time');
            throw $this->unreachable((string) preg_replace('/^.*?: /', '', $reason, 1));
        }
        fclose($stream);
        $status = 0;
        $retryAfter = null;
        foreach ((array) ($facts['wrapper_data'] ?? []) as $line) {
            if (preg_match('~^HTTP/\S+ (\d{3})~', (string) $line, $match)) {
                $status = (int) $match[1];
            } elseif (preg_match('/^retry-after:\s*(\d+)/i', (string) $line, $match)) {
                $retryAfter = (int) $match[1];
            }
        }
        return [$status, $text, $retryAfter];
    }

    private function unreachable(string $reason): UnreachableException
    {
        $reason = rtrim(trim($reason), '.');
        return new UnreachableException('unreachable', "The gateway at {$this->url} is out of reach: $reason.");
    }
}

/**
 * Checks that a webhook is the gateway's own, by the rules of Standard Webhooks (https://www.standardwebhooks.com).
 *
 *     $webhook = new Webhook(getenv('GATEWAY_WEBHOOK_SECRET'));
 *     $message = $webhook->read((string) file_get_contents('php://input'), getallheaders());
 *     // $message['id'] comes again when the gateway repeats itself: keep it, and skip what you know.
 */
final class Webhook
{
    private const TOLERANCE_SECONDS = 300;

    /** @var string[] */
    private $secrets;

    /** @param string|string[] $secrets `whsec_…`; several while a secret is being changed */
    public function __construct($secrets)
    {
        $this->secrets = array_values((array) $secrets);
        foreach ($this->secrets as $secret) {
            if (!is_string($secret) || $secret === '') {
                throw new \InvalidArgumentException('The secret of the webhook is empty.');
            }
        }
        if ($this->secrets === []) {
            throw new \InvalidArgumentException('The secret of the webhook is missing.');
        }
    }

    /**
     * @param string $body as it came, before anything parsed it
     * @param array<string, mixed>|null $headers of the request; those of this PHP request unless told
     * @return array{id: string, type: string, customer_id: string, timestamp: string, data: array<string, mixed>}
     * @throws WebhookException answer 401
     */
    public function read(string $body, ?array $headers = null, ?int $now = null): array
    {
        $headers = $headers === null ? self::headersOfRequest() : array_change_key_case($headers, CASE_LOWER);
        $id = self::text($headers, 'webhook-id');
        $timestamp = self::text($headers, 'webhook-timestamp');
        $signatures = self::text($headers, 'webhook-signature');
        if ($id === '' || $signatures === '' || !preg_match('/^\d{1,12}$/', $timestamp)) {
            throw new WebhookException('webhook_unsigned', 'The webhook is not signed.', 401);
        }
        if (abs(($now ?? time()) - (int) $timestamp) > self::TOLERANCE_SECONDS) {
            throw new WebhookException('webhook_too_old', 'The webhook is too old, or a clock is wrong.', 401);
        }
        if (!$this->isSigned("$id.$timestamp.$body", $signatures)) {
            throw new WebhookException('webhook_forged', 'The signature of the webhook is wrong.', 401);
        }
        $message = json_decode($body, true);
        if (!is_array($message)) {
            throw new WebhookException('webhook_broken', 'The webhook holds no JSON.', 400);
        }
        return [
            'id' => $id,
            'type' => (string) ($message['type'] ?? ''),
            'customer_id' => (string) ($message['customer_id'] ?? ''),
            'timestamp' => (string) ($message['timestamp'] ?? ''),
            'data' => is_array($message['data'] ?? null) ? $message['data'] : [],
        ];
    }

    private function isSigned(string $content, string $signatures): bool
    {
        foreach ($this->secrets as $secret) {
            $key = strpos($secret, 'whsec_') === 0 ? (string) base64_decode(substr($secret, 6)) : $secret;
            $expected = base64_encode(hash_hmac('sha256', $content, $key, true));
            foreach (explode(' ', $signatures) as $signature) {
                $parts = explode(',', $signature, 2);
                if ($parts[0] === 'v1' && hash_equals($expected, $parts[1] ?? '')) {
                    return true;
                }
            }
        }
        return false;
    }

    /** @param array<string, mixed> $headers */
    private static function text(array $headers, string $name): string
    {
        $value = $headers[$name] ?? '';
        // Frameworks keep a list for each name.
        $value = is_array($value) ? (string) reset($value) : (string) $value;
        return trim($value);
    }

    /** @return array<string, string> */
    private static function headersOfRequest(): array
    {
        $headers = [];
        foreach ($_SERVER as $name => $value) {
            if (strpos((string) $name, 'HTTP_') === 0) {
                $headers[strtolower(str_replace('_', '-', substr((string) $name, 5)))] = (string) $value;
            }
        }
        return $headers;
    }
}
