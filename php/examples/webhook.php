<?php

// What the gateway calls when a message was delivered, or a client wrote back.

declare(strict_types=1);

use ModularGateway\Webhook;
use ModularGateway\WebhookException;

require __DIR__ . '/../modular-gateway.php';

try {
    $webhook = new Webhook((string) getenv('GATEWAY_WEBHOOK_SECRET'));
    $message = $webhook->read((string) file_get_contents('php://input'));
} catch (WebhookException $exception) {
    http_response_code($exception->httpStatus());
    echo $exception->getMessage();
    exit;
}
// The gateway repeats what it got no answer for: skip a $message['id'] that you know.
error_log("{$message['type']} {$message['id']}");
http_response_code(204);
