<?php

declare(strict_types=1);

namespace ModularGateway;

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
