<?php

declare(strict_types=1);

namespace ModularGateway;

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
