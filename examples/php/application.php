<?php

declare(strict_types=1);

require_once __DIR__ . '/gateway-client.php';

/**
 * The little that this example has of an application: somebody who is logged in, and a place for files. Yours has
 * both already.
 */
final class ExampleApplication
{
    /** @var array<string, string> */
    public $config;

    public function __construct()
    {
        $this->config = require __DIR__ . '/config.php';
        foreach (['', '/sessions'] as $folder) {
            $path = $this->config['data_dir'] . $folder;
            if (!is_dir($path)) {
                mkdir($path, 0700, true);
            }
        }
    }

    public function gateway(): GatewayClient
    {
        $options = [
            'url' => $this->config['gateway_url'],
            'api_key' => $this->config['api_key'],
            'customer_id' => $this->config['customer_id'],
        ];
        if ($this->config['database_url'] !== '') {
            $options['database'] = function (): PDO {
                return self::connect($this->config['database_url']);
            };
        }
        return new GatewayClient($options);
    }

    /**
     * The user of this request. Everybody is "Thandi" here, from the first look at the page; your login decides.
     *
     * @return array{user_id: string, name: string, gateway_session_id: string}|null
     */
    public function currentUser(bool $logIn = false): ?array
    {
        session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);
        if (!isset($_SESSION['user']) && $logIn) {
            $_SESSION['user'] = [
                'user_id' => '17',
                'name' => 'Thandi',
                // Not PHP's own session id: that one must never be known to scripts or other machines.
                'gateway_session_id' => bin2hex(random_bytes(16)),
            ];
            $this->rememberSession($_SESSION['user']);
        }
        $user = $_SESSION['user'] ?? null;
        // Else requests of the same browser wait for each other.
        session_write_close();
        return $user;
    }

    public function logOut(): void
    {
        session_start();
        $user = $_SESSION['user'] ?? null;
        $_SESSION = [];
        session_destroy();
        if ($user !== null) {
            @unlink($this->sessionFile($user['gateway_session_id']));
        }
    }

    /** Do these three belong together, and is that user still logged in? */
    public function isSession(string $customerId, string $userId, string $sessionId): bool
    {
        $stored = @file_get_contents($this->sessionFile($sessionId));
        return $stored !== false
            && hash_equals($stored, $userId)
            && hash_equals($this->config['customer_id'], $customerId);
    }

    /** Webhooks that came in, newest first. */
    public function receivedWebhooks(int $limit = 10): array
    {
        $lines = @file($this->webhookFile(), FILE_IGNORE_NEW_LINES) ?: [];
        return array_map('json_decode', array_reverse(array_slice($lines, -$limit)));
    }

    /** @return bool false when this webhook came before: the gateway repeats what it got no answer for */
    public function keepWebhook(string $webhookId, string $body): bool
    {
        // One webhook at a time: two copies of the same one may come together.
        $file = fopen($this->webhookFile(), 'c+');
        flock($file, LOCK_EX);
        $known = stream_get_contents($file);
        $mark = json_encode(['webhook_id' => $webhookId]);
        $isNew = strpos((string) $known, substr((string) $mark, 1, -1)) === false;
        if ($isNew) {
            fseek($file, 0, SEEK_END);
            fwrite($file, json_encode(['webhook_id' => $webhookId, 'body' => json_decode($body)]) . "\n");
        }
        fclose($file);
        return $isNew;
    }

    private function rememberSession(array $user): void
    {
        file_put_contents($this->sessionFile($user['gateway_session_id']), $user['user_id'], LOCK_EX);
    }

    /** Hashed: what comes from outside never becomes a file name. */
    private function sessionFile(string $sessionId): string
    {
        return $this->config['data_dir'] . '/sessions/' . hash('sha256', $sessionId);
    }

    private function webhookFile(): string
    {
        return $this->config['data_dir'] . '/webhooks.jsonl';
    }

    private static function connect(string $url): PDO
    {
        $parts = parse_url($url);
        $dsn = sprintf(
            'pgsql:host=%s;port=%d;dbname=%s;connect_timeout=3',
            trim($parts['host'] ?? '127.0.0.1', '[]'),
            $parts['port'] ?? 5432,
            rawurldecode(ltrim($parts['path'] ?? '', '/'))
        );
        return new PDO($dsn, rawurldecode($parts['user'] ?? ''), rawurldecode($parts['pass'] ?? ''), [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        ]);
    }
}

function answerJson(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    header('Cache-Control: no-store');
    header('X-Content-Type-Options: nosniff');
    echo json_encode((object) $body, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
}
