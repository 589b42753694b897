<?php

// Plain PHP: sends one invoice. Run it twice: the second time nothing is sent twice.
// GATEWAY_URL=http://192.168.1.20:3001 GATEWAY_API_KEY=mgw_… GATEWAY_CUSTOMER_ID=ACC001 php send-invoice.php

declare(strict_types=1);

use ModularGateway\Client;
use ModularGateway\GatewayException;
use ModularGateway\InvalidRequestException;
use ModularGateway\LocalOutbox;

// With composer: require __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/../modular-gateway.php';

$gateway = new Client([
    'url' => getenv('GATEWAY_URL') ?: 'http://127.0.0.1:3001',
    'api_key' => (string) getenv('GATEWAY_API_KEY'),
    'customer_id' => (string) getenv('GATEWAY_CUSTOMER_ID'),
    // Called only while the gateway is out of reach: the event waits here, and flush() sends it later.
    'outbox' => static function (): LocalOutbox {
        $outbox = new LocalOutbox(new PDO('sqlite:' . (getenv('OUTBOX_FILE') ?: __DIR__ . '/outbox.sqlite')));
        $outbox->createTable();
        return $outbox;
    },
]);

try {
    $sent = $gateway->sendEvent('invoice:sent', [
        'invoice_id' => 1042,
        'invoice_number' => 'INV-1042',
        'total_amount' => 1500,
        'client_name' => 'Thandi',
        'client_email' => 'client@example.com',
    ], 'invoice-1042-sent');
    echo $sent['via'] === 'gateway' ? "Event {$sent['event_id']}\n" : "The gateway is away: the event waits.\n";
} catch (InvalidRequestException $exception) {
    // Your data is wrong: the message names the field.
    echo $exception->getMessage(), "\n";
    exit(2);
} catch (GatewayException $exception) {
    echo $exception->getMessage(), "\n";
    exit(1);
}
