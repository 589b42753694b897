<?php

declare(strict_types=1);

/** The webhook_url of the tenant: takes what the gateway tells, once each, and only from the gateway. */

require __DIR__ . '/application.php';
require __DIR__ . '/webhook-signature.php';

$application = new ExampleApplication();
$secret = $application->config['webhook_secret'];
$body = (string) file_get_contents('php://input');
$header = static function (string $name): string {
    return (string) ($_SERVER['HTTP_' . strtoupper(str_replace('-', '_', $name))] ?? '');
};

$id = $header('webhook-id');
$isGenuine = isGenuineWebhook($secret, $id, $header('webhook-timestamp'), $header('webhook-signature'), $body)
    && isGenuineBody($secret, $header('x-webhook-signature'), $body);
if (!$isGenuine) {
    // 4xx but 408 and 429: the gateway does not try again.
    answerJson(401, ['error' => 'This webhook is not signed by our gateway.', 'code' => 'bad_signature']);
    return;
}
if (json_decode($body) === null) {
    answerJson(400, ['error' => 'This webhook holds no JSON.', 'code' => 'invalid_json']);
    return;
}
$isNew = $application->keepWebhook($id, $body);
answerJson(200, ['success' => true, 'duplicate' => !$isNew]);
