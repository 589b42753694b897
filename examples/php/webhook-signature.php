<?php

declare(strict_types=1);

/** Clocks differ, and a webhook that was recorded long ago must not be good any more. */
const WEBHOOK_TOLERANCE_SECONDS = 300;

/**
 * Did this webhook come from the gateway, unchanged and just now? By Standard Webhooks
 * (https://www.standardwebhooks.com): HMAC-SHA256 of `id.timestamp.body`.
 *
 * @param string $secret as it stands in the setting `webhook_secret`
 * @param string $body   as it came, before anything has parsed it
 */
function isGenuineWebhook(
    string $secret,
    string $id,
    string $timestamp,
    string $signatures,
    string $body,
    ?int $now = null
): bool {
    if ($secret === '' || $id === '' || !ctype_digit($timestamp)) {
        return false;
    }
    if (abs(($now ?? time()) - (int) $timestamp) > WEBHOOK_TOLERANCE_SECONDS) {
        return false;
    }
    $key = strpos($secret, 'whsec_') === 0 ? (string) base64_decode(substr($secret, 6)) : $secret;
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}

/**
 * The same by the older header X-Webhook-Signature, hex HMAC-SHA256 of the body alone. It says nothing about the
 * time: take it only where the other cannot be used.
 */
function isGenuineBody(string $secret, string $signature, string $body): bool
{
    return $secret !== '' && hash_equals(hash_hmac('sha256', $body, $secret), $signature);
}
