<?php

declare(strict_types=1);

namespace ModularGateway;

/** The key belongs to another customer, or may not do that (403). */
final class ForbiddenException extends GatewayException
{
}
