<?php

// For cron, every minute: sends what waited while the gateway was away.

declare(strict_types=1);

use ModularGateway\Client;
use ModularGateway\GatewayException;
use ModularGateway\LocalOutbox;

require __DIR__ . '/../modular-gateway.php';

$outbox = new LocalOutbox(new PDO('sqlite:' . (getenv('OUTBOX_FILE') ?: __DIR__ . '/outbox.sqlite')));
$outbox->createTable();
$gateway = new Client([
    'url' => getenv('GATEWAY_URL') ?: 'http://127.0.0.1:3001',
    'api_key' => (string) getenv('GATEWAY_API_KEY'),
    'customer_id' => (string) getenv('GATEWAY_CUSTOMER_ID'),
]);

try {
    ['sent' => $sent, 'refused' => $refused] = $outbox->flush($gateway);
    echo "Sent $sent, refused $refused.\n";
} catch (GatewayException $exception) {
    echo $exception->getMessage(), ' ', $outbox->countWaiting(), " waiting.\n";
    exit(1);
}
