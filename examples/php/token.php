<?php

declare(strict_types=1);

/**
 * The page scripts ask here for their token (data-token-url), at the first connection and whenever it is about to
 * expire. Whoever is logged in gets one; the API key never leaves the server.
 */

require __DIR__ . '/application.php';

$application = new ExampleApplication();
$user = $application->currentUser();
if ($user === null) {
    answerJson(401, ['error' => 'Your session is over. Log in again.', 'code' => 'not_logged_in']);
    return;
}
try {
    answerJson(200, $application->gateway()->requestToken($user['user_id'], $user['gateway_session_id']));
} catch (GatewayException $exception) {
    // 502: not this server's fault, and the page script tries again by itself.
    answerJson(502, ['error' => $exception->getMessage(), 'code' => $exception->errorCode()]);
}
