<?php

declare(strict_types=1);

namespace ModularGateway;

/** The event was neither sent nor stored in the database: keep it and try again. */
final class NotStoredException extends GatewayException
{
}
