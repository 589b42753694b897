<?php

declare(strict_types=1);

namespace ModularGateway;

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
