<?php

declare(strict_types=1);

namespace ModularGateway;

/** Too many calls (429): wait for `retryAfter()` seconds. */
final class RateLimitedException extends GatewayException
{
}
