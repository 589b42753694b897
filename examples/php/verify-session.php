<?php

declare(strict_types=1);

/**
 * SESSION_VERIFY_URL of the gateway: may this session of this user speak for this customer? For pages that have
 * no token and name their session instead. Everything but a clear yes is a no.
 */

require __DIR__ . '/application.php';

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST');
    answerJson(405, ['valid' => false]);
    return;
}
$question = json_decode((string) file_get_contents('php://input'), true);
$customerId = $question['customer_id'] ?? null;
$userId = $question['user_id'] ?? null;
$sessionId = $question['session_id'] ?? null;
$isValid = is_string($customerId)
    && is_string($userId)
    && is_string($sessionId)
    && (new ExampleApplication())->isSession($customerId, $userId, $sessionId);
answerJson(200, ['valid' => $isValid]);
