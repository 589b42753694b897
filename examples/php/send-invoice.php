<?php

declare(strict_types=1);

/** What an application does after it has issued an invoice: one call. Answers the page's form. */

require __DIR__ . '/application.php';

$application = new ExampleApplication();
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    header('Allow: POST');
    answerJson(405, ['error' => 'Send this form by POST.', 'code' => 'method_not_allowed']);
    return;
}
if ($application->currentUser() === null) {
    answerJson(401, ['error' => 'Your session is over. Log in again.', 'code' => 'not_logged_in']);
    return;
}
$number = (string) ($_POST['invoice_number'] ?? '');
try {
    $sent = $application->gateway()->sendEvent(
        'invoice:sent',
        [
            'invoice_id' => $number,
            'invoice_number' => $number,
            'client_email' => (string) ($_POST['client_email'] ?? ''),
            'client_name' => (string) ($_POST['client_name'] ?? ''),
            'total_amount' => (string) ($_POST['total_amount'] ?? ''),
        ],
        // Pressed twice, the invoice goes out once.
        "invoice-$number-sent"
    );
    answerJson(200, ['success' => true] + $sent);
} catch (GatewayException $exception) {
    answerJson(422, [
        'error' => $exception->getMessage(),
        'code' => $exception->errorCode(),
        'details' => $exception->details(),
    ]);
}
