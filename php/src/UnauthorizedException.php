<?php

declare(strict_types=1);

namespace ModularGateway;

/** The API key is wrong or was revoked (401). */
final class UnauthorizedException extends GatewayException
{
}
