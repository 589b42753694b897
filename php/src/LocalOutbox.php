<?php

declare(strict_types=1);

namespace ModularGateway;

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
