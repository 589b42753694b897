<?php

declare(strict_types=1);

/**
 * A client of Modular Gateway in one file: PHP 7.4 or later, cURL where it is there and plain streams where it is
 * not, no composer.
 *
 *     $gateway = new GatewayClient(['url' => 'http://192.168.1.5:3001', 'api_key' => 'mgw_…', 'customer_id' => 'ACC001']);
 *     $gateway->sendEvent('invoice:sent', ['invoice_id' => 1042, …], 'invoice-1042-sent');
 */
final class GatewayClient
{
    /** @var string */
    private $url;
    /** @var string */
    private $apiKey;
    /** @var string */
    private $customerId;
    /** @var int|float seconds */
    private $connectTimeout;
    /** @var int|float seconds */
    private $timeout;
    /** @var string|null */
    private $caFile;
    /** @var callable():PDO|null */
    private $database;

    /**
     * @param array{
     *   url: string, api_key: string, customer_id: string,
     *   timeout?: int|float, connect_timeout?: int|float,
     *   ca_file?: string, database?: callable
     * } $options
     *   timeout, connect_timeout: seconds, 10 and 3 unless told
     *   ca_file: the certificate (PEM) of a gateway that made its own
     *   database: returns a PDO connection to the tenant's database (`tenant list` shows its address); called only
     *             when the gateway is out of reach
     */
    public function __construct(array $options)
    {
        foreach (['url', 'api_key', 'customer_id'] as $name) {
            if (!isset($options[$name]) || !is_string($options[$name]) || $options[$name] === '') {
                throw new InvalidArgumentException("The option $name is required.");
            }
        }
        $this->url = rtrim($options['url'], '/');
        $this->apiKey = $options['api_key'];
        $this->customerId = $options['customer_id'];
        $this->timeout = $options['timeout'] ?? 10;
        $this->connectTimeout = $options['connect_timeout'] ?? 3;
        $this->caFile = $options['ca_file'] ?? null;
        $this->database = $options['database'] ?? null;
    }

    /**
     * Sends a business event. It is on the gateway's disk, or in the tenant's database, when this returns.
     *
     * @param string|null $key the same key never makes a second event: give one that belongs to the business fact
     *                         (`invoice-1042-sent`), so that pressing a button twice sends nothing twice
     * @return array{event_id: int|null, via: string, status: string} via: `gateway`, or `database` when it was out
     *                         of reach; the event is then sent as soon as the gateway is back
     * @throws GatewayException when the gateway refuses the event, or when it can be stored nowhere
     */
    public function sendEvent(string $type, array $data, ?string $key = null): array
    {
        $key = $key ?? 'php-' . bin2hex(random_bytes(16));
        // An empty array would arrive as a list.
        $event = ['event_type' => $type, 'event_data' => (object) $data, 'idempotency_key' => $key];
        try {
            $answer = $this->request('POST', '/api/events', $event);
            return [
                'event_id' => (int) $answer['event_id'],
                'via' => 'gateway',
                'status' => (string) ($answer['status'] ?? 'processing'),
            ];
        } catch (GatewayException $exception) {
            if (!$exception->mayBeStoredInstead() || $this->database === null) {
                throw $exception;
            }
            return $this->storeEvent($type, $data, $key, $exception);
        }
    }

    /**
     * A token for the browser page of a logged-in user: it speaks for this customer for an hour, and never needs
     * the API key to leave the server.
     *
     * @return array{token: string, expires_in: int}
     * @throws GatewayException
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

    /** Is the gateway up, and its database too? Never throws. */
    public function isHealthy(): bool
    {
        try {
            return ($this->request('GET', '/health')['status'] ?? null) === 'ok';
        } catch (GatewayException $exception) {
            return false;
        }
    }

    /**
     * What the gateway does not take now it takes from its own table later. The key goes along: if the gateway had
     * the event after all (its answer was lost), this adds nothing.
     */
    private function storeEvent(string $type, array $data, string $key, GatewayException $reason): array
    {
        try {
            $database = ($this->database)();
            $insert = $database->prepare(
                "INSERT INTO websocket_events (customer_id, event_type, event_data, status, idempotency_key)
                 VALUES (?, ?, ?, 'pending', ?) ON CONFLICT DO NOTHING"
            );
            $insert->execute([$this->customerId, $type, self::encode((object) $data), $key]);
        } catch (PDOException $exception) {
            throw new GatewayException(
                'not_stored',
                'The event was not sent and not stored. ' . $reason->getMessage() . ' ' . $exception->getMessage(),
                0,
                null,
                $exception
            );
        }
        return ['event_id' => null, 'via' => 'database', 'status' => 'pending'];
    }

    /** @throws GatewayException */
    private function request(string $method, string $path, ?array $body = null): array
    {
        $headers = ['Accept: application/json', 'Authorization: Bearer ' . $this->apiKey];
        $content = null;
        if ($body !== null) {
            $content = self::encode($body);
            $headers[] = 'Content-Type: application/json';
        }
        [$status, $text] = function_exists('curl_init')
            ? $this->requestByCurl($method, $path, $headers, $content)
            : $this->requestByStream($method, $path, $headers, $content);
        $answer = json_decode($text, true);
        if (!is_array($answer)) {
            throw new GatewayException('unexpected_answer', "The gateway answered $status without JSON.", $status);
        }
        if ($status < 200 || $status > 299) {
            throw new GatewayException(
                (string) ($answer['code'] ?? 'refused'),
                (string) ($answer['error'] ?? "The gateway answered $status."),
                $status,
                $answer['details'] ?? null
            );
        }
        return $answer;
    }

    /** @return array{0: int, 1: string} */
    private function requestByCurl(string $method, string $path, array $headers, ?string $content): array
    {
        $curl = curl_init($this->url . $path);
        $options = [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => $headers,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT_MS => (int) ($this->connectTimeout * 1000),
            CURLOPT_TIMEOUT_MS => (int) ($this->timeout * 1000),
            // Timeouts below a second need this where names are looked up by the system.
            CURLOPT_NOSIGNAL => true,
        ];
        if ($content !== null) {
            $options[CURLOPT_POSTFIELDS] = $content;
        }
        if ($this->caFile !== null) {
            $options[CURLOPT_CAINFO] = $this->caFile;
        }
        curl_setopt_array($curl, $options);
        $text = curl_exec($curl);
        if ($text === false) {
            throw new GatewayException('unreachable', 'The gateway is out of reach: ' . curl_error($curl) . '.');
        }
        return [(int) curl_getinfo($curl, CURLINFO_RESPONSE_CODE), (string) $text];
    }

    /** @return array{0: int, 1: string} */
    private function requestByStream(string $method, string $path, array $headers, ?string $content): array
    {
        $http = [
            'method' => $method,
            'header' => array_merge($headers, ['Connection: close']),
            'timeout' => (float) $this->timeout,
            'ignore_errors' => true,
            'follow_location' => 0,
        ];
        if ($content !== null) {
            $http['content'] = $content;
        }
        $options = ['http' => $http, 'ssl' => $this->caFile === null ? [] : ['cafile' => $this->caFile]];
        $text = @file_get_contents($this->url . $path, false, stream_context_create($options));
        if ($text === false || !isset($http_response_header[0])) {
            $reason = error_get_last()['message'] ?? 'no answer';
            throw new GatewayException('unreachable', "The gateway is out of reach: $reason.");
        }
        return [(int) (explode(' ', $http_response_header[0])[1] ?? 0), $text];
    }

    /** @param array|object $value */
    private static function encode($value): string
    {
        return json_encode(
            $value,
            JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION
        );
    }
}

/** Why something was not done: a sentence for people, a code for programs, the fields that were wrong. */
final class GatewayException extends RuntimeException
{
    /** @var string */
    private $errorCode;
    /** @var int 0: there was no answer */
    private $httpStatus;
    /** @var mixed */
    private $details;

    /** @param mixed $details */
    public function __construct(
        string $errorCode,
        string $message,
        int $httpStatus = 0,
        $details = null,
        ?Throwable $previous = null
    ) {
        parent::__construct($message, 0, $previous);
        $this->errorCode = $errorCode;
        $this->httpStatus = $httpStatus;
        $this->details = $details;
    }

    /** The gateway's code, such as `invalid_event`; `unreachable` when it gave no answer. */
    public function errorCode(): string
    {
        return $this->errorCode;
    }

    public function httpStatus(): int
    {
        return $this->httpStatus;
    }

    /** @return mixed the fields that were wrong: a list of `{path, message}` */
    public function details()
    {
        return $this->details;
    }

    /** No answer, or one that says "not now". A refusal would be one in the table too. */
    public function mayBeStoredInstead(): bool
    {
        return $this->httpStatus === 0 || $this->httpStatus >= 500;
    }
}
