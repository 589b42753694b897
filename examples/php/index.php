<?php

declare(strict_types=1);

require __DIR__ . '/application.php';

$application = new ExampleApplication();
if (isset($_GET['logout'])) {
    $application->logOut();
    header('Location: index.php');
    return;
}
$user = $application->currentUser(true);
$gateway = $application->config['gateway_public_url'];
$customerId = $application->config['customer_id'];

$text = static function (string $value): string {
    return htmlspecialchars($value, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
};
$origin = (string) preg_replace('~^(https?://[^/]+).*$~', '$1', $gateway);
$socket = (string) preg_replace('~^http~', 'ws', $origin);
// The page scripts need no more than this: no inline scripts or styles, no eval.
header("Content-Security-Policy: default-src 'none'; script-src 'self' $origin; style-src 'self' $origin; "
    . "img-src 'self' data:; connect-src 'self' $origin $socket; base-uri 'none'; form-action 'self'");
header('X-Content-Type-Options: nosniff');
?>
<!doctype html>
<html lang="en">
<head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Modular Gateway in a PHP application</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="page.css">
    <link rel="stylesheet" href="<?= $text($gateway) ?>/assets/css/whatsapp-sessions.css">
</head>
<body>
<main>
    <header>
        <h1>Invoices</h1>
        <p><?= $text($user['name']) ?>, for <?= $text($customerId) ?>. <a href="?logout">Log out</a></p>
    </header>

    <section>
        <h2>Send an invoice</h2>
        <form id="invoice" action="send-invoice.php" method="post">
            <label>Invoice number <input name="invoice_number" value="INV-<?= random_int(1000, 9999) ?>" required></label>
            <label>Client <input name="client_name" value="Sipho Dlamini"></label>
            <label>Email <input name="client_email" type="email" value="sipho@example.com" required></label>
            <label>Amount <input name="total_amount" value="1500.00" inputmode="decimal" required></label>
            <div class="buttons">
                <button class="main" name="way" value="server">Send from the server</button>
                <button name="way" value="page">Send from this page</button>
            </div>
            <output id="answer" role="status"></output>
        </form>
    </section>

    <section>
        <h2>WhatsApp</h2>
        <div data-whatsapp-sessions="<?= $text($customerId) ?>"></div>
    </section>

    <section>
        <h2>Webhooks received</h2>
        <ul class="webhooks">
        <?php foreach ($application->receivedWebhooks() as $webhook) : ?>
            <li>
                <?= $text((string) ($webhook->body->event_type ?? '')) ?>
                <small><?= $text((string) ($webhook->body->timestamp ?? '')) ?></small>
            </li>
        <?php endforeach; ?>
        </ul>
    </section>
</main>

<!-- Both find the gateway by their own address and the token at token.php. -->
<script src="<?= $text($gateway) ?>/assets/js/websocket-sidebar.js" data-token-url="token.php"></script>
<script src="<?= $text($gateway) ?>/assets/js/whatsapp-sessions.js" data-token-url="token.php"></script>
<script src="page.js" data-customer-id="<?= $text($customerId) ?>"></script>
</body>
</html>
